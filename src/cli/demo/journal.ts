import { LineTail } from '../line-tail.ts';

/** One call of the demo's handler, as the handler itself wrote it down. */
export interface Call {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly pid: number;
  /** Places of its start and of its end among all lines of all processes; null when the process died before the end. */
  readonly start: number;
  end: number | null;
}

/** The record of what the handlers did, apart from Millrace: all processes append to one file. Read on as it grows. */
export class Journal {
  readonly calls: Call[] = [];
  /** Records whose call has ended, each counted once. */
  readonly handled: Set<string> = new Set();
  /** Calls that ended, by process. */
  readonly ended: Map<number, number> = new Map();
  readonly #tail: LineTail;
  readonly #running = new Map<string, Call>();

  constructor(file: string) {
    this.#tail = new LineTail(file, (line, at) => this.#take(line, at));
  }

  /** Reads what was appended since. */
  read(): void {
    this.#tail.read();
  }

  close(): void {
    this.#tail.close();
  }

  #take(line: string, at: number): void {
    const [type, partition, offset, key, pid] = line.split(' ') as [
      string,
      string,
      string,
      string,
      string,
    ];
    const name = `${partition}/${offset}`;
    const run = `${name} ${pid}`;
    if (type === 'S') {
      const call = {
        partition: Number(partition),
        offset: Number(offset),
        key,
        pid: Number(pid),
        start: at,
        end: null,
      };
      this.calls.push(call);
      this.#running.set(run, call);
      return;
    }
    const call = this.#running.get(run);
    if (!call) throw new Error(`The journal has an end without a start: ${line}`);
    this.#running.delete(run);
    call.end = at;
    this.handled.add(name);
    this.ended.set(call.pid, (this.ended.get(call.pid) ?? 0) + 1);
  }
}

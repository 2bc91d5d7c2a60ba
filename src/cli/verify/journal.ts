import { createHash } from 'node:crypto';
import { LineTail } from '../line-tail.ts';

/** One call of the user's handler, as the witness around it wrote it down. */
export interface Call {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** A hash; `-` for none. */
  readonly key: string;
  readonly attempt: number;
  readonly pid: number;
  /** Unique over all processes. */
  readonly thread: string;
  /** Places of its start and of its end among all lines of all processes; null: it has no end. */
  readonly start: number;
  end: number | null;
  /**
   * ok: returned or skipped. failed: threw. final: threw what isn't tried again. thread-exit, hang: a fault took the place of the handler.
   * null: no end was noted.
   */
  outcome: 'ok' | 'failed' | 'final' | ThreadFault | null;
}

/** The faults that only the thread itself can have, done on order: a file of that name in the folder of the journal. */
export const ORDERS = ['thread-exit', 'hang'] as const;
export type ThreadFault = (typeof ORDERS)[number];

/** Variables that the witness reads: the folder of journal and orders, and `retry.notOn` as JSON. */
export const FOLDER = 'MILLRACE_VERIFY_FOLDER';
export const NOT_ON = 'MILLRACE_VERIFY_NOT_ON';

/** What the handlers did, apart from the engine: all threads of all processes append to one file. Read on as it grows. */
export class Journal {
  readonly calls: Call[] = [];
  /** Records of which a call ended well, each counted once. */
  readonly handled: Set<string> = new Set();
  /** Calls that were started, by process. */
  readonly startedBy: Map<number, number> = new Map();
  /** The last line of each thread. */
  readonly lastSign: Map<string, number> = new Map();
  readonly #tail: LineTail;
  readonly #byId = new Map<string, Call>();

  constructor(file: string) {
    this.#tail = new LineTail(file, (line, at) => this.#take(line, at));
  }

  /** Lines so far: grows as long as anything happens. */
  get lines(): number {
    return this.#tail.lines;
  }

  /** How often a fault of a thread has happened. */
  count(fault: ThreadFault): number {
    return this.calls.filter(({ outcome }) => outcome === fault).length;
  }

  /** Reads what was appended since. */
  read(): void {
    this.#tail.read();
  }

  close(): void {
    this.#tail.close();
  }

  #take(line: string, at: number): void {
    const [type, id = '', ...fields] = line.split(' ');
    const thread = id.slice(0, id.lastIndexOf('.'));
    this.lastSign.set(thread, at);
    if (type === 'S') {
      const [topic, partition, offset, key, attempt] = fields as [
        string,
        string,
        string,
        string,
        string,
      ];
      const call: Call = {
        topic,
        partition: Number(partition),
        offset: Number(offset),
        key,
        attempt: Number(attempt),
        pid: Number(thread.split('.')[0]),
        thread,
        start: at,
        end: null,
        outcome: null,
      };
      this.calls.push(call);
      this.startedBy.set(call.pid, (this.startedBy.get(call.pid) ?? 0) + 1);
      this.#byId.set(id, call);
      return;
    }
    const call = this.#byId.get(id);
    if (!call) throw new Error(`The journal has an end without a start: ${line}`);
    this.#byId.delete(id);
    if (type === 'X' || type === 'H') {
      call.outcome = type === 'X' ? 'thread-exit' : 'hang';
      return;
    }
    call.end = at;
    call.outcome = type === 'E' ? 'ok' : fields[0] === '1' ? 'final' : 'failed';
    if (type === 'E') this.handled.add(nameOf(call));
  }
}

/** A record, as messages name it. */
export const nameOf = (place: { topic: string; partition: number; offset: number }): string =>
  `${place.topic}-${place.partition}@${place.offset}`;

/** Tells keys apart without showing them. */
export const hashOf = (key: Uint8Array | null): string =>
  key === null ? '-' : createHash('sha1').update(key).digest('hex').slice(0, 16);

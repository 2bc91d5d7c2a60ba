import { tokenOf, viewChunk } from '../src/contract/chunk.ts';
import {
  type AbortReason,
  CELL,
  type HandlerSpec,
  RECORD,
  type ThreadMemory,
} from '../src/contract/thread.ts';
import { VERDICT, type Verdict } from '../src/contract/verdict.ts';
import { Attempt, type Surroundings } from './context.ts';
import { Deadlines } from './deadlines.ts';
import { Durations } from './durations.ts';
import { failureOf, isSkip } from './failure.ts';
import { type Entry, Line } from './line.ts';
import type { LoadedHandler } from './load-handler.ts';
import { type Output, returned } from './outputs.ts';
import { ChunkRecord, type Inbox, type Origin } from './record.ts';
import { ReplyWriter } from './reply-writer.ts';
import { Slabs } from './slabs.ts';
import { isThenable } from './thenable.ts';
import { refuseUnrun } from './unrun.ts';

/** A record whose handler has returned a promise. */
export interface Running {
  readonly token: number;
  readonly lane: number;
  readonly partition: number;
  readonly startedMs: number;
  readonly attempt: Attempt;
  readonly record: ChunkRecord;
  isOver: boolean;
}

/** What a runner needs of its thread. */
export interface RunnerHost {
  readonly memory: ThreadMemory;
  readonly origins: ReadonlyMap<number, Origin>;
  /** A verdict is there after the thread was blocked since `startedMs`: sends what has waited long enough. */
  pace(startedMs: number, nowMs: number): void;
  /** A burst of verdicts is over: sends them soon, or now when nothing else is going on. */
  replied(): void;
  /** Records have outlived their timeout and the grace. */
  overdue(): void;
}

/**
 * The records of one pipeline in one thread: takes them in order, starts them up to the limit, one at a time of each lane,
 * and turns whatever the handler does into a verdict. This is the only place that calls user code for a record.
 */
export class Runner {
  /** Verdicts that have not been sent. */
  readonly reply: ReplyWriter = new ReplyWriter();
  readonly #spec: HandlerSpec;
  readonly #handler: LoadedHandler;
  readonly #around: Surroundings;
  readonly #host: RunnerHost;
  readonly #deadlines: Deadlines;
  readonly #durations: Durations;
  readonly #line: Line;
  #running = 0;
  #isRetiring = false;

  constructor(
    index: number,
    spec: HandlerSpec,
    handler: LoadedHandler,
    around: Surroundings,
    host: RunnerHost,
  ) {
    this.#spec = spec;
    this.#handler = handler;
    this.#around = around;
    this.#host = host;
    this.#line = new Line((entry) => this.#notRun(entry));
    this.#durations = new Durations(host.memory, index);
    this.#deadlines = new Deadlines(spec.timeoutMs, spec.graceMs, () => host.overdue());
  }

  get running(): number {
    return this.#running;
  }

  /** Tokens of the records that have outlived timeout and grace. */
  get overdue(): number[] {
    return this.#deadlines.overdue();
  }

  take(page: number, count: number, buffer: ArrayBuffer): void {
    const views = viewChunk(buffer, count);
    const bytes = Buffer.from(buffer);
    this.#line.push({ ...views, page, count, buffer: bytes, slabs: new Slabs(bytes), next: 0 });
    if (this.#isRetiring) this.#line.giveBack(() => true);
    this.#advance();
  }

  /** Opens a lane after a failure; what was sent of it before is given back. */
  open(partition: number, lane: number): void {
    this.#line.open(lane, partition);
  }

  /** Gives back what has not started of a partition. */
  recall(partition: number): void {
    this.#line.giveBack(({ inbox, place }) => inbox.partition[place] === partition);
    this.#advance();
  }

  /** Gives back everything that has not started, now and from now on. */
  retire(): void {
    this.#isRetiring = true;
    this.#line.giveBack(() => true);
  }

  abort(partition: number, reason: AbortReason): void {
    for (const running of this.#deadlines.running()) {
      if (running.partition === partition) running.attempt.abort(reason);
    }
  }

  forget(partition: number): void {
    this.#line.forget(partition);
  }

  /** Starts what may start. */
  #advance(): void {
    let nowMs: number | null = null;
    while (this.#running < this.#spec.concurrency) {
      const entry = this.#line.next();
      if (!entry) break;
      nowMs = this.#start(entry.inbox, entry.place, nowMs ?? performance.now());
    }
    this.#host.replied();
  }

  /** Returns the time when it is known: a look at the clock costs as much as a small handler. */
  #start(inbox: Inbox, place: number, startedMs: number): number | null {
    const token = tokenOf(inbox.page, place);
    const partition = inbox.partition[place] as number;
    const lane = inbox.lane[place] as number;
    const { status, cells } = this.#host.memory;
    status[token] = RECORD.running;
    cells[CELL.tick] = ((cells[CELL.tick] as number) + 1) | 0;
    cells[CELL.current] = token + 1;
    const attempt = new Attempt(this.#around);
    let result: unknown;
    let promise: Promise<unknown> | null = null;
    let record: ChunkRecord | null = null;
    try {
      const origin = this.#host.origins.get(partition) as Origin;
      record = new ChunkRecord(inbox, place, origin, this.#spec.deserialize);
      attempt.record = record;
      result = this.#handler.call(record, attempt);
      // A promise of Node's own is taken as it is; what else has a `then` may call back twice, or throw.
      if (isThenable(result)) promise = Promise.resolve(result);
    } catch (thrown) {
      cells[CELL.current] = 0;
      this.#threw(token, lane, partition, attempt, thrown);
      return this.#endedAtOnce(partition, lane, startedMs);
    }
    cells[CELL.current] = 0;
    if (promise !== null) {
      this.#await({ token, lane, partition, startedMs, attempt, record, isOver: false }, promise);
      return null;
    }
    this.#returned(token, lane, partition, attempt, record, result);
    return this.#endedAtOnce(partition, lane, startedMs);
  }

  #endedAtOnce(partition: number, lane: number, startedMs: number): number {
    const nowMs = this.#ended(partition, lane, startedMs);
    this.#host.pace(startedMs, nowMs);
    return nowMs;
  }

  /** After the verdict of a record: measures it and lets the next one of its lane go on. Returns the time. */
  #ended(partition: number, lane: number, startedMs: number): number {
    const nowMs = performance.now();
    this.#durations.add(partition, startedMs, nowMs);
    this.#line.vacate(lane);
    return nowMs;
  }

  #await(running: Running, result: Promise<unknown>): void {
    this.#running++;
    this.#line.occupy(running.lane);
    this.#deadlines.add(running);
    const { token, lane, partition, attempt, record } = running;
    result.then(
      (value) => {
        this.#over(running);
        this.#returned(token, lane, partition, attempt, record, value);
        this.#ended(partition, lane, running.startedMs);
        this.#advance();
      },
      (thrown: unknown) => {
        this.#over(running);
        this.#threw(token, lane, partition, attempt, thrown);
        this.#ended(partition, lane, running.startedMs);
        this.#advance();
      },
    );
  }

  #over(running: Running): void {
    running.isOver = true;
    this.#running--;
    this.#deadlines.over();
  }

  #returned(
    token: number,
    lane: number,
    partition: number,
    attempt: Attempt,
    record: ChunkRecord,
    result: unknown,
  ): void {
    attempt.isOver = true;
    const { sink } = this.#spec;
    let outputs: Output[] | null = attempt.outputs;
    if (result !== undefined) {
      try {
        refuseUnrun(result);
        if (sink) outputs = [...(outputs ?? []), ...returned(result, sink, record.rawKey)];
      } catch (thrown) {
        this.#threw(token, lane, partition, attempt, thrown);
        return;
      }
    }
    this.#handled(token, outputs, VERDICT.ack);
  }

  /** A record with outputs counts only when the broker has them. */
  #handled(token: number, outputs: Output[] | null, verdict: Verdict): void {
    const { status } = this.#host.memory;
    if (outputs && outputs.length > 0) {
      status[token] = RECORD.told;
      this.reply.add(token, VERDICT.produced);
      this.reply.produce(token, outputs);
      return;
    }
    status[token] = RECORD.done;
    this.reply.add(token, verdict);
  }

  #threw(token: number, lane: number, partition: number, attempt: Attempt, thrown: unknown): void {
    attempt.isOver = true;
    const { reply } = this;
    const { memory } = this.#host;
    if (isSkip(thrown)) {
      this.#handled(token, attempt.outputs, VERDICT.skip);
      return;
    }
    memory.status[token] = RECORD.told;
    // An attempt that was cut short because the partition leaves is not the record's fault: its next owner starts anew.
    if (attempt.aborted !== null && attempt.aborted !== 'timeout') {
      reply.add(token, VERDICT.notRun);
      return;
    }
    reply.fail(token, VERDICT.fail, failureOf(thrown, attempt.aborted));
    if (lane !== 0) this.#line.close(lane, partition);
  }

  #notRun({ inbox, place }: Entry): void {
    const token = tokenOf(inbox.page, place);
    this.#host.memory.status[token] = RECORD.told;
    this.reply.add(token, VERDICT.notRun);
  }
}

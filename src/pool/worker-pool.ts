import type { ChunkPlan } from '../contract/chunk.ts';
import { AHEAD_MAX, CHUNK_RECORDS } from '../contract/chunk.ts';
import type { Clock } from '../contract/clock.ts';
import type { WorkersConfig } from '../contract/config.ts';
import { MillraceError } from '../contract/errors.ts';
import { publish, type ThreadDeath } from '../contract/signals.ts';
import {
  type AbortReason,
  type FromThread,
  type HandlerSpec,
  MEAN_CELLS,
  type Reply,
  type ToThread,
} from '../contract/thread.ts';
import { Claims } from './claims.ts';
import { deliverDeath } from './deliver-death.ts';
import { deliverReply } from './deliver-reply.ts';
import { DurationSums } from './duration-sums.ts';
import type { AnnouncedPartition, PoolListener } from './pool-listener.ts';
import { type Pump, PumpHost } from './pump-host.ts';
import { Recalls } from './recalls.ts';
import {
  ENDED_BY_ITSELF,
  failuresAt,
  lateStart,
  pauseMsAfter,
  type Seat,
  startError,
} from './seat.ts';
import { blockLimitMs, Watchdog } from './watchdog.ts';
import { within } from './within.ts';
import { WorkerThread } from './worker-thread.ts';

/**
 * The worker threads: keeps a pump going in each, passes chunks out and verdicts back, and says what a thread that died
 * had. Which record goes to which thread is decided elsewhere.
 */
export class WorkerPool<Chunk extends ChunkPlan> {
  readonly #config: WorkersConfig;
  #handlers: readonly HandlerSpec[] = [];
  readonly #clock: Clock;
  readonly #host: PumpHost;
  readonly #listeners: PoolListener<Chunk>[] = [];
  readonly #seats: (Seat<Chunk> | null)[];
  readonly #partitions = new Map<number, AnnouncedPartition>();
  readonly #recalls = new Recalls();
  readonly #claims = new Claims((thread, owner, isClaimed) => {
    for (const [pipeline, listener] of this.#listeners.entries()) {
      if (pipeline !== owner) listener.threadClaimed(thread, isClaimed);
    }
  });
  readonly #watchdog: Watchdog<WorkerThread<Chunk>>;
  readonly #restarts: Map<ThreadDeath, number>[];
  readonly #durations = new DurationSums();
  #started: { resolve: () => void; reject: (cause: Error) => void } | null = null;
  #isStopping = false;

  /** The threads begin to boot at once. */
  constructor(config: WorkersConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
    this.#host = new PumpHost(config.threads, config.maxHeapBytes);
    this.#seats = new Array(config.threads).fill(null);
    this.#restarts = Array.from({ length: config.threads }, () => new Map());
    this.#watchdog = new Watchdog({
      clock,
      threads: () => this.#ready(),
      limitMs: (thread, token) => blockLimitMs(this.#handlers, thread, token),
      onStuck: (thread, token) => this.#replace(thread.id, token === null ? [] : [token]),
    });
  }

  /** Index: number of the pipeline in this pool. All listeners are set before `start`. */
  listen(pipeline: number, listener: PoolListener<Chunk>): void {
    this.#listeners[pipeline] = listener;
  }

  /**
   * Loads the handlers in each thread: one per pipeline, whose index is the pipeline's number in this pool. Rejects with
   * HandlerRefusedError when a handler can't be loaded, MR203 when a thread dies of it, MR204 when it takes more than a minute,
   * MR205 when the pool is stopped meanwhile.
   */
  async start(handlers: readonly HandlerSpec[]): Promise<void> {
    this.#handlers = handlers;
    const started = new Promise<void>((resolve, reject) => {
      this.#started = { resolve, reject };
    });
    for (let id = 0; id < this.#config.threads; id++) this.#seat(id, 0);
    const cancel = this.#clock.after(START_MS, () => this.#started?.reject(lateStart()));
    await started.finally(cancel);
    this.#started = null;
    this.#watchdog.start();
  }

  /** Runs the teardowns and ends the threads, at the latest after `graceMs` and a moment. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#started?.reject(
      new MillraceError('MR205', 'The threads were stopped while they started.'),
    );
    this.#watchdog.stop();
    const seats = this.#seats.filter((seat) => seat !== null);
    for (const { thread } of seats) thread.post({ type: 'stop' });
    await within(this.#clock, graceMs, Promise.all(seats.map(({ pump }) => pump.ended)));
    // A call into native code outlives the order to end; nothing is gained by waiting for it.
    await within(this.#clock, ENDING_MS, this.#host.destroy());
  }

  /** See Threads in src/flow: true once no record of another pipeline is on the thread. */
  claim(pipeline: number, thread: number): boolean {
    const isMine = this.#claims.claim(thread, pipeline);
    return isMine && (this.#seats[thread]?.thread.holdsOnly(pipeline) ?? false);
  }

  unclaim(pipeline: number, thread: number): void {
    this.#claims.unclaim(thread, pipeline);
  }

  send(pipeline: number, chunk: Chunk): void {
    this.#seats[chunk.thread]?.thread.send(pipeline, chunk);
  }

  announce(partition: AnnouncedPartition): void {
    this.#partitions.set(partition.index, partition);
    this.#broadcast({ type: 'partition', ...partition });
  }

  forget(index: number): void {
    this.#partitions.delete(index);
    this.#broadcast({ type: 'forget', index });
  }

  open(thread: number, index: number, lane: number): void {
    this.#seats[thread]?.thread.post({ type: 'open', index, lane });
  }

  /** Resolves when every thread has given back what it had not started of a partition. */
  recall(index: number): Promise<void> {
    const ids = [...this.#ready()].map((thread) => thread.id);
    const { id, done } = this.#recalls.start(ids);
    for (const thread of ids) this.#seats[thread]?.thread.post({ type: 'recall', index, id });
    return done;
  }

  abort(index: number, reason: AbortReason): void {
    this.#broadcast({ type: 'abort', index, reason });
  }

  /** Mean handler duration of a partition in ms, of the slowest thread; 0 when unknown. */
  meanMs(index: number): number {
    let mean = 0;
    for (const seat of this.#seats) {
      if (seat) mean = Math.max(mean, seat.thread.memory.mean[index % MEAN_CELLS] as number);
    }
    return mean;
  }

  /** Each thread, in order: whether it takes records, and the lives before this one that ended, by cause. */
  get threads(): readonly {
    readonly isReady: boolean;
    readonly restarts: ReadonlyMap<ThreadDeath, number>;
  }[] {
    return this.#seats.map((seat, id) => ({
      isReady: seat?.isReady ?? false,
      restarts: this.#restarts[id] as Map<ThreadDeath, number>,
    }));
  }

  /** Handler durations of a pipeline over all threads, those that died included; see ThreadMemory. */
  durations(pipeline: number): Float64Array {
    const seats = this.#seats.filter((seat) => seat !== null);
    return this.#durations.of(
      pipeline,
      seats.map(({ thread }) => thread.memory),
    );
  }

  #seat(id: number, failures: number): void {
    const pages = this.#handlers.reduce(
      (sum, { concurrency }) => sum + concurrency + SPARE_PAGES,
      0,
    );
    const thread = new WorkerThread<Chunk>(id, pages, this.#handlers, (message) =>
      this.#receive(id, seat, message),
    );
    for (const partition of this.#partitions.values())
      thread.post({ type: 'partition', ...partition });
    const pump = this.#host.run(thread.start);
    const seat: Seat<Chunk> = {
      thread,
      pump,
      isReady: false,
      sinceMs: this.#clock.now(),
      overdue: null,
      refusals: new Map(),
      failures,
    };
    this.#seats[id] = seat;
    void pump.ended.then((end) => this.#over(id, seat, end));
  }

  #receive(id: number, seat: Seat<Chunk>, message: FromThread): void {
    if (message instanceof Int32Array) {
      const runs = message.subarray(1);
      this.#reply(seat.thread, message[0] as number, { runs, failures: [], outputs: null });
      return;
    }
    switch (message.type) {
      case 'ready':
        this.#up(id, seat, message.threadId);
        return;
      case 'refused':
        seat.refusals.set(message.pipeline, message.refusal);
        return;
      case 'reply':
        this.#reply(seat.thread, message.pipeline, message.reply);
        return;
      case 'opened':
        for (const listener of this.#listeners) listener.opened(message.index, message.lane);
        for (const listener of this.#listeners) listener.turn();
        return;
      case 'recalled':
        this.#recalls.answer(message.id, id);
        return;
      case 'retiring':
        for (const listener of this.#listeners) listener.threadRetiring(id);
        return;
      case 'retired':
        this.#replace(id, message.overdue);
        return;
      case 'log':
        publish('thread.log', message.line);
        return;
    }
  }

  #up(id: number, seat: Seat<Chunk>, threadId: number): void {
    seat.pump.identify(threadId);
    const nowMs = this.#clock.now();
    publish('thread.ready', { thread: id, elapsedMs: nowMs - seat.sinceMs });
    seat.isReady = true;
    seat.sinceMs = nowMs;
    for (const listener of this.#listeners) listener.threadUp(id);
    if (this.#started && this.#seats.every((each) => each?.isReady)) this.#started.resolve();
  }

  #reply(thread: WorkerThread<Chunk>, pipeline: number, reply: Reply): void {
    deliverReply(reply, thread, this.#listeners[pipeline] as PoolListener<Chunk>);
    const claimer = this.#claims.ownerOf(thread.id);
    if (claimer !== undefined && claimer !== pipeline) this.#listeners[claimer]?.turn();
  }

  /** Ends a thread that can't go on; `overdue` are the records that are to blame. */
  #replace(id: number, overdue: readonly number[]): void {
    const seat = this.#seats[id];
    if (!seat || seat.overdue !== null) return;
    seat.overdue = overdue;
    seat.pump.kill('stuck');
  }

  #over(id: number, seat: Seat<Chunk>, end: Awaited<Pump['ended']>): void {
    this.#seats[id] = null;
    this.#durations.keep(seat.thread.memory, this.#handlers.length);
    const lost = seat.thread.takeOver((message) => this.#receive(id, seat, message));
    this.#recalls.answerAll(id);
    if (this.#isStopping) return;
    if (this.#started) {
      this.#started.reject(startError(seat, this.#handlers, end?.message));
      return;
    }
    const failures = failuresAt(seat, this.#clock.now());
    if (seat.isReady) {
      const { death, message } = end ?? { death: 'crash', message: ENDED_BY_ITSELF };
      const restarts = this.#restarts[id] as Map<ThreadDeath, number>;
      restarts.set(death, (restarts.get(death) ?? 0) + 1);
      deliverDeath({ id, death, message, overdue: seat.overdue, lost }, this.#listeners);
    } else {
      const { message } = startError(seat, this.#handlers, end?.message);
      publish('thread.failed', { thread: id, message, attempt: failures });
    }
    const pauseMs = pauseMsAfter(failures);
    if (pauseMs === 0) this.#seat(id, failures);
    else this.#clock.after(pauseMs, () => this.#isStopping || this.#seat(id, failures));
  }

  *#ready(): Iterable<WorkerThread<Chunk>> {
    for (const seat of this.#seats) if (seat?.isReady) yield seat.thread;
  }

  #broadcast(message: ToThread): void {
    for (const seat of this.#seats) seat?.thread.post(message);
  }
}

/** Chunks a pipeline may have in a thread beyond one per running record; a key that is there may go past the window. */
const SPARE_PAGES = AHEAD_MAX + CHUNK_RECORDS;
/** What loading and setup of all handlers may take. */
const START_MS = 60_000;
/** What threads that are told to end are given for it. */
const ENDING_MS = 200;

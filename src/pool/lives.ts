import type { ChunkPlan } from '../contract/chunk.ts';
import { AHEAD_MAX, CHUNK_RECORDS } from '../contract/chunk.ts';
import type { Clock } from '../contract/clock.ts';
import type { WorkersConfig } from '../contract/config.ts';
import { MillraceError } from '../contract/errors.ts';
import { publish, type ThreadDeath } from '../contract/signals.ts';
import type { FromThread, HandlerSpec } from '../contract/thread.ts';
import type { Death } from './deliver-death.ts';
import { Proof } from './proof.ts';
import { type Pump, type PumpDeath, PumpHost } from './pump-host.ts';
import { Renewals } from './renewals.ts';
import {
  ENDED_BY_ITSELF,
  failuresAt,
  lateStart,
  pauseMsAfter,
  type Seat,
  START_MS,
  startError,
} from './seat.ts';
import { within } from './within.ts';
import { WorkerThread } from './worker-thread.ts';

/** What hears of the lives of threads. */
export interface LivesListener<Chunk extends ChunkPlan> {
  /** A thread begins to load; what is posted to it now it has before anything else. */
  begins(thread: WorkerThread<Chunk>): void;
  received(id: number, seat: Seat<Chunk>, message: FromThread): void;
  up(id: number): void;
  /** It gets no more records: it ends what it has and comes up again. */
  retiring(id: number): void;
  /** It was retiring and is gone, with nothing left on it. */
  left(id: number): void;
  /** It is gone; whether it had been up or not. */
  over(id: number, seat: Seat<Chunk>): void;
  died(death: Death<Chunk>): void;
}

/**
 * The lives of the threads of a pool, in as many seats: starts them, follows each that ends with another, at once or after a
 * pause, and gives them other handlers. What they say, and what they work on, is not known here.
 */
export class Lives<Chunk extends ChunkPlan> {
  readonly seats: (Seat<Chunk> | null)[];
  /** By seat: lives that ended, by cause. */
  readonly restarts: readonly Map<ThreadDeath, number>[];
  #handlers: readonly HandlerSpec[] = [];
  readonly #clock: Clock;
  readonly #host: PumpHost;
  readonly #listener: LivesListener<Chunk>;
  readonly #renewals: Renewals;
  readonly #maxHeapBytes: number | null;
  #proof: Proof | null = null;
  #started: { resolve: () => void; reject: (cause: Error) => void } | null = null;
  #isStopping = false;

  /** The threads begin to boot at once. */
  constructor(
    { threads, maxHeapBytes }: WorkersConfig,
    clock: Clock,
    listener: LivesListener<Chunk>,
  ) {
    this.#clock = clock;
    this.#listener = listener;
    this.#maxHeapBytes = maxHeapBytes;
    this.#host = new PumpHost(threads, maxHeapBytes);
    this.#renewals = new Renewals(clock);
    this.seats = new Array(threads).fill(null);
    this.restarts = Array.from({ length: threads }, () => new Map());
  }

  get handlers(): readonly HandlerSpec[] {
    return this.#handlers;
  }

  /** See WorkerPool. */
  async start(handlers: readonly HandlerSpec[]): Promise<void> {
    this.#handlers = handlers;
    const started = new Promise<void>((resolve, reject) => {
      this.#started = { resolve, reject };
    });
    for (const id of this.seats.keys()) this.#begin(id, 0);
    const cancel = this.#clock.after(START_MS, () =>
      this.#started?.reject(lateStart(this.seats, handlers)),
    );
    await started.finally(cancel);
    this.#started = null;
  }

  /** See WorkerPool. */
  async prove(handlers: readonly HandlerSpec[]): Promise<void> {
    if (this.#isStopping) throw stopped();
    this.#proof = new Proof(handlers, this.seats.length, this.#maxHeapBytes, this.#clock);
    await this.#proof.done.finally(() => {
      this.#proof = null;
    });
  }

  /** See WorkerPool. */
  async swap(handlers: readonly HandlerSpec[]): Promise<void> {
    const before = this.#handlers;
    this.#handlers = handlers;
    for (const id of this.seats.keys()) {
      if (this.#isStopping) throw stopped();
      const failure = await this.#renew(id);
      if (failure === null) continue;
      this.#handlers = before;
      if (this.#isStopping) throw failure;
      this.#begin(id, 0);
      for (let renewed = 0; renewed < id; renewed++) await this.#renew(renewed);
      throw failure;
    }
  }

  /** See WorkerPool. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    const cause = stopped();
    this.#started?.reject(cause);
    this.#renewals.endAll(cause);
    this.#proof?.cancel(cause);
    const seats = this.seats.filter((seat) => seat !== null);
    for (const { thread, pump, isReady } of seats) {
      // One that still loads has no record, and no setup that has ended: nothing to be torn down.
      if (isReady) thread.post({ type: 'stop' });
      else pump.kill('stopped');
    }
    const cancels = seats.map((seat) => this.#watchTeardown(seat));
    await within(this.#clock, graceMs, Promise.all(seats.map(({ pump }) => pump.ended)));
    for (const cancel of cancels) cancel();
    // A call into native code outlives the order to end; nothing is gained by waiting for it.
    await within(this.#clock, ENDING_MS, this.#host.destroy());
  }

  *ready(): Iterable<WorkerThread<Chunk>> {
    for (const seat of this.seats) if (seat?.isReady) yield seat.thread;
  }

  /** Says that a thread has loaded its handlers; `threadId` is Node's number of it. */
  isUp(id: number, seat: Seat<Chunk>, threadId: number): void {
    seat.pump.identify(threadId);
    const nowMs = this.#clock.now();
    publish('thread.ready', { thread: id, elapsedMs: nowMs - seat.sinceMs });
    seat.isReady = true;
    seat.sinceMs = nowMs;
    this.#listener.up(id);
    this.#renewals.up(id);
    if (this.#started && this.seats.every((each) => each?.isReady)) this.#started.resolve();
  }

  /** To be called when a thread has answered: one that is to leave does so when it holds nothing any more. */
  letLeave({ isLeaving, thread }: Seat<Chunk>): void {
    if (isLeaving && !thread.isBusy) thread.post({ type: 'stop' });
  }

  /** Ends a thread that can't go on; `overdue` are the records that are to blame. */
  replace(id: number, overdue: readonly number[]): void {
    const seat = this.seats[id];
    if (!seat || seat.overdue !== null) return;
    seat.overdue = overdue;
    seat.pump.kill('stuck');
  }

  #begin(id: number, failures: number): void {
    const pages = this.#handlers.reduce(
      (sum, { concurrency }) => sum + concurrency + SPARE_PAGES,
      0,
    );
    const thread = new WorkerThread<Chunk>(id, pages, this.#handlers, (message) =>
      this.#listener.received(id, seat, message),
    );
    this.#listener.begins(thread);
    const pump = this.#host.run(thread.start);
    const seat: Seat<Chunk> = {
      thread,
      pump,
      isReady: false,
      sinceMs: this.#clock.now(),
      overdue: null,
      loading: null,
      refusals: new Map(),
      failures,
      isLeaving: false,
    };
    this.seats[id] = seat;
    this.#renewals.loads(id, () => pump.kill('late'));
    const cancel = this.#clock.after(WAITING_MS, () => {
      if (!seat.isReady) this.#waits(id, 'setup');
    });
    void pump.ended.then((end) => {
      cancel();
      this.#over(id, seat, end);
    });
  }

  /** Says so when a thread takes long to end; returns what calls that off. */
  #watchTeardown({ thread, pump }: Seat<Chunk>): () => void {
    const cancel = this.#clock.after(WAITING_MS, () => this.#waits(thread.id, 'teardown'));
    void pump.ended.then(cancel);
    return cancel;
  }

  #waits(thread: number, what: 'setup' | 'teardown'): void {
    publish('thread.waiting', { thread, what, elapsedMs: WAITING_MS });
  }

  #renew(id: number): Promise<Error | null> {
    const renewed = this.#renewals.start(id);
    const seat = this.seats[id];
    // One that isn't up comes up with the handlers of now anyway.
    if (seat?.isReady) {
      seat.isLeaving = true;
      this.#listener.retiring(id);
      this.letLeave(seat);
    }
    return renewed;
  }

  #over(id: number, seat: Seat<Chunk>, end: Awaited<Pump['ended']>): void {
    this.seats[id] = null;
    const lost = seat.thread.takeOver((message) => this.#listener.received(id, seat, message));
    this.#listener.over(id, seat);
    if (this.#isStopping) return;
    if (seat.isReady && seat.isLeaving && end === null) {
      this.#listener.left(id);
      void seat.pump.discard().then(() => this.#isStopping || this.#begin(id, 0));
    } else if (seat.isReady) {
      const { death, message, stack } = end ?? BY_ITSELF;
      const restarts = this.restarts[id] as Map<ThreadDeath, number>;
      restarts.set(death, (restarts.get(death) ?? 0) + 1);
      this.#listener.died({ id, death, message, stack, overdue: seat.overdue, lost });
      this.#beginAgain(id, seat);
    } else this.#failed(id, seat, startError(seat, this.#handlers, end?.message));
  }

  /** A life ended before the thread was up. */
  #failed(id: number, seat: Seat<Chunk>, cause: MillraceError): void {
    if (this.#started) {
      this.#started.reject(cause);
      return;
    }
    if (this.#renewals.failed(id, cause)) return;
    const attempt = failuresAt(seat, this.#clock.now());
    publish('thread.failed', { thread: id, message: cause.message, attempt });
    this.#beginAgain(id, seat);
  }

  #beginAgain(id: number, seat: Seat<Chunk>): void {
    const failures = failuresAt(seat, this.#clock.now());
    const pauseMs = pauseMsAfter(failures);
    if (pauseMs === 0) this.#begin(id, failures);
    else this.#clock.after(pauseMs, () => this.#isStopping || this.#begin(id, failures));
  }
}

const stopped = (): MillraceError =>
  new MillraceError('MR205', 'The threads were stopped while they started.');

const BY_ITSELF: PumpDeath = { death: 'crash', message: ENDED_BY_ITSELF, stack: null };
/** Chunks a pipeline may have in a thread beyond one per running record; a key that is there may go past the window. */
const SPARE_PAGES = AHEAD_MAX + CHUNK_RECORDS;
/** Time after which it is said what a thread is waited for. */
const WAITING_MS = 5000;
/** What threads that are told to end are given for it. */
const ENDING_MS = 200;

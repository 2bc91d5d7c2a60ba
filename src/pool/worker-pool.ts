import type { ChunkPlan } from '../contract/chunk.ts';
import type { Clock } from '../contract/clock.ts';
import type { WorkersConfig } from '../contract/config.ts';
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
import { Lives } from './lives.ts';
import type { AnnouncedPartition, PoolListener } from './pool-listener.ts';
import { Recalls } from './recalls.ts';
import type { Seat } from './seat.ts';
import { blockLimitMs, Watchdog } from './watchdog.ts';
import type { WorkerThread } from './worker-thread.ts';

/**
 * The worker threads: passes chunks out and verdicts back, and says what a thread that died had. Which record goes to
 * which thread is decided elsewhere.
 */
export class WorkerPool<Chunk extends ChunkPlan> {
  readonly #lives: Lives<Chunk>;
  readonly #listeners: PoolListener<Chunk>[] = [];
  readonly #partitions = new Map<number, AnnouncedPartition>();
  readonly #recalls = new Recalls();
  readonly #claims = new Claims((thread, owner, isClaimed) => {
    for (const [pipeline, listener] of this.#listeners.entries()) {
      if (pipeline !== owner) listener.threadClaimed(thread, isClaimed);
    }
  });
  readonly #watchdog: Watchdog<WorkerThread<Chunk>>;
  readonly #durations = new DurationSums();

  /** The threads begin to boot at once. */
  constructor(config: WorkersConfig, clock: Clock) {
    this.#lives = new Lives(config, clock, {
      begins: (thread) => {
        for (const partition of this.#partitions.values())
          thread.post({ type: 'partition', ...partition });
      },
      received: (id, seat, message) => this.#receive(id, seat, message),
      up: (id) => this.#tell((listener) => listener.threadUp(id)),
      retiring: (id) => this.#tell((listener) => listener.threadRetiring(id)),
      left: (id) => this.#tell((listener) => listener.threadLeft(id)),
      over: (id, { thread }) => {
        this.#durations.keep(thread.memory, this.#lives.handlers.length);
        this.#recalls.answerAll(id);
      },
      died: (death) => deliverDeath(death, this.#listeners),
    });
    this.#watchdog = new Watchdog({
      clock,
      threads: () => this.#lives.ready(),
      limitMs: (thread, token) => blockLimitMs(this.#lives.handlers, thread, token),
      onStuck: (thread, token) => this.#lives.replace(thread.id, token === null ? [] : [token]),
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
    await this.#lives.start(handlers);
    this.#watchdog.start();
  }

  /**
   * Loads handlers in a spare thread, with their setup and teardown, and ends it: no thread that works is touched. Rejects as `start`
   * does when they don't come up.
   */
  prove(handlers: readonly HandlerSpec[]): Promise<void> {
    return this.#lives.prove(handlers);
  }

  /**
   * Replaces the handlers, in one thread after another: each ends the records that it has and comes up anew, while the others
   * go on. Rejects as `start` does when a thread doesn't come up; then all have the handlers of before.
   */
  swap(handlers: readonly HandlerSpec[]): Promise<void> {
    return this.#lives.swap(handlers);
  }

  /** Runs the teardowns and ends the threads, at the latest after `graceMs` and a moment. */
  async stop(graceMs: number): Promise<void> {
    this.#watchdog.stop();
    await this.#lives.stop(graceMs);
  }

  /** See Threads in src/flow: true once no record of another pipeline is on the thread. */
  claim(pipeline: number, thread: number): boolean {
    const isMine = this.#claims.claim(thread, pipeline);
    return isMine && (this.#lives.seats[thread]?.thread.holdsOnly(pipeline) ?? false);
  }

  unclaim(pipeline: number, thread: number): void {
    this.#claims.unclaim(thread, pipeline);
  }

  send(pipeline: number, chunk: Chunk): void {
    this.#lives.seats[chunk.thread]?.thread.send(pipeline, chunk);
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
    this.#lives.seats[thread]?.thread.post({ type: 'open', index, lane });
  }

  /** Resolves when every thread has given back what it had not started of a partition. */
  recall(index: number): Promise<void> {
    const ids = [...this.#lives.ready()].map((thread) => thread.id);
    const { id, done } = this.#recalls.start(ids);
    for (const thread of ids) this.#lives.seats[thread]?.thread.post({ type: 'recall', index, id });
    return done;
  }

  abort(index: number, reason: AbortReason): void {
    this.#broadcast({ type: 'abort', index, reason });
  }

  /** Mean handler duration of a partition in ms, of the slowest thread; 0 when unknown. */
  meanMs(index: number): number {
    let mean = 0;
    for (const seat of this.#lives.seats) {
      if (seat) mean = Math.max(mean, seat.thread.memory.mean[index % MEAN_CELLS] as number);
    }
    return mean;
  }

  /** Each thread, in order: whether it takes records, and the lives before this one that ended, by cause. */
  get threads(): readonly {
    readonly isReady: boolean;
    readonly restarts: ReadonlyMap<ThreadDeath, number>;
  }[] {
    return this.#lives.seats.map((seat, id) => ({
      isReady: seat?.isReady ?? false,
      restarts: this.#lives.restarts[id] as Map<ThreadDeath, number>,
    }));
  }

  /** Chunks of a pipeline that threads hold records of. */
  *chunksOf(pipeline: number): Generator<{
    readonly thread: number;
    readonly chunk: Chunk;
    readonly stateOf: (place: number) => 'running' | 'sent' | 'back';
  }> {
    for (const seat of this.#lives.seats) if (seat) yield* seat.thread.chunksOf(pipeline);
  }

  /** Handler durations of a pipeline over all threads, those that died included; see ThreadMemory. */
  durations(pipeline: number): Float64Array {
    const seats = this.#lives.seats.filter((seat) => seat !== null);
    return this.#durations.of(
      pipeline,
      seats.map(({ thread }) => thread.memory),
    );
  }

  #receive(id: number, seat: Seat<Chunk>, message: FromThread): void {
    if (message instanceof Int32Array) {
      const runs = message.subarray(1);
      this.#reply(seat, message[0] as number, { runs, failures: [], outputs: null });
      return;
    }
    switch (message.type) {
      case 'ready':
        this.#lives.isUp(id, seat, message.threadId);
        return;
      case 'loading':
        seat.loading = message.pipeline;
        return;
      case 'refused':
        seat.refusals.set(message.pipeline, message.refusal);
        return;
      case 'reply':
        this.#reply(seat, message.pipeline, message.reply);
        return;
      case 'opened':
        this.#tell((listener) => listener.opened(message.index, message.lane));
        this.#tell((listener) => listener.turn());
        return;
      case 'recalled':
        this.#recalls.answer(message.id, id);
        return;
      case 'retiring':
        this.#tell((listener) => listener.threadRetiring(id));
        return;
      case 'retired':
        this.#lives.replace(id, message.overdue);
        return;
      case 'log':
        publish('thread.log', message.line);
        return;
    }
  }

  #reply(seat: Seat<Chunk>, pipeline: number, reply: Reply): void {
    const { thread } = seat;
    deliverReply(reply, thread, this.#listeners[pipeline] as PoolListener<Chunk>);
    const claimer = this.#claims.ownerOf(thread.id);
    if (claimer !== undefined && claimer !== pipeline) this.#listeners[claimer]?.turn();
    this.#lives.letLeave(seat);
  }

  #tell(say: (listener: PoolListener<Chunk>) => void): void {
    for (const listener of this.#listeners) say(listener);
  }

  #broadcast(message: ToThread): void {
    for (const seat of this.#lives.seats) seat?.thread.post(message);
  }
}

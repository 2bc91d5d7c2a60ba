import type { Clock } from '../contract/clock.ts';
import type { PipelineConfig } from '../contract/config.ts';
import { invariant } from '../contract/invariant.ts';
import type { OffsetRange } from '../contract/offset-range.ts';
import { publish, type ThreadDeath } from '../contract/signals.ts';
import type { AbortReason } from '../contract/thread.ts';
import type { Failure, Verdict } from '../contract/verdict.ts';
import { Budget } from './backpressure.ts';
import { blame, failureOf, type Orphan } from './blame.ts';
import type { Chunk } from './chunk.ts';
import type { Hand } from './crew.ts';
import { Dispatch, type Threads } from './dispatch.ts';
import { Epoch, type EpochHost } from './epoch.ts';
import { Leaving } from './leaving.ts';
import { Outcomes } from './outcomes.ts';
import { Partition } from './partition.ts';
import { Tally } from './tally.ts';

/** What the flow of a pipeline needs of the pool. */
export interface FlowThreads extends Threads {
  /** A number for a partition, never used before in this process. */
  nextIndex(): number;
  /** Tells the threads what the partition number in a chunk means. */
  announce(partition: Partition): void;
  /** Nothing of the partition is on any thread any more. */
  forget(partition: Partition): void;
  open(thread: number, partition: number, lane: number): void;
  recall(partition: Partition): Promise<void>;
  abort(partition: Partition, reason: AbortReason): void;
  /** Whether too many outputs wait for the broker: nothing is handed out meanwhile. */
  isSaturated(): boolean;
}

export interface FlowOptions {
  readonly pipeline: PipelineConfig;
  /** Per thread: records of this pipeline whose handler runs at the same time. */
  readonly limits: readonly number[];
  readonly threads: FlowThreads;
  readonly clock: Clock;
  /** Numbers in [0, 1), for the jitter of retries. */
  readonly random: () => number;
  /** At least half of some partition's `maxUncommitted` is used, or (commit mode batch) a batch is done. */
  readonly onWantCommit: () => void;
  /** A partition that was held back has room again. */
  readonly onRoom: () => void;
}

/**
 * The records of one pipeline between the Kafka side and the threads. Every event ends in one turn: hand out what can
 * be handed out, ask for a commit if one is wanted, end the drains that are over, set the timer for the next retry.
 */
export class Flow implements EpochHost {
  readonly pipeline: PipelineConfig;
  readonly tally: Tally = new Tally();
  readonly budget: Budget;
  readonly #threads: FlowThreads;
  readonly #clock: Clock;
  readonly #dispatch: Dispatch;
  readonly #outcomes: Outcomes;
  readonly #onWantCommit: () => void;
  readonly #onRoom: () => void;
  readonly #epochs = new Map<number, Epoch>();
  /** Partitions that have changed since the last turn. */
  #touched: Partition[] = [];
  readonly #draining = new Set<Epoch>();
  readonly #leaving: Leaving;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #cancelWake: () => void = () => {};

  constructor(options: FlowOptions) {
    this.pipeline = options.pipeline;
    this.budget = new Budget(options.pipeline.buffer);
    this.#threads = options.threads;
    this.#clock = options.clock;
    this.#onWantCommit = options.onWantCommit;
    this.#onRoom = options.onRoom;
    this.#leaving = new Leaving((partition) => options.threads.forget(partition));
    this.#dispatch = new Dispatch(options.limits, options.threads);
    this.#outcomes = new Outcomes(options.pipeline, this.#dispatch, this.tally, {
      random: options.random,
      open: (thread, partition, lane) => options.threads.open(thread, partition, lane),
    });
  }

  get epochs(): Iterable<Epoch> {
    return this.#epochs.values();
  }

  /** Records handed to threads, of closed epochs too. */
  get inFlight(): number {
    let count = 0;
    for (const hand of this.#dispatch.crew.hands) count += hand.inFlight;
    return count;
  }

  /**
   * Starts an epoch at offset `start`. `committed` is what the group has committed, null when there is nothing: then the start
   * itself is offered for a commit. `settled`, above the start and in order, is done and not handed out. No record of the partition may be
   * running: see `whenFree`.
   */
  assign(
    topic: string,
    partition: number,
    start: bigint,
    committed: bigint | null,
    settled: readonly OffsetRange[] = [],
  ): Epoch {
    const index = this.#threads.nextIndex();
    const state = new Partition(index, topic, partition, start, committed, this.pipeline, settled);
    state.onTouch = () => {
      this.#touched.push(state);
      this.#dispatch.list(state);
    };
    const epoch = new Epoch(state, this);
    this.#epochs.set(index, epoch);
    state.touch();
    this.#threads.announce(state);
    return epoch;
  }

  /** Resolves when no record of an earlier epoch of the partition is running. */
  whenFree(topic: string, partition: number): Promise<void> {
    return this.#leaving.whenFree(topic, partition);
  }

  // ---- what the pool reports

  threadUp(thread: number): void {
    this.#hand(thread).isAlive = true;
    this.turn();
  }

  /** The thread gets no more records; it will die and be replaced. */
  threadRetiring(thread: number): void {
    this.#hand(thread).isAlive = false;
  }

  /** The thread that was retiring is gone, with nothing left on it; its successor will come up. */
  threadLeft(thread: number): void {
    this.#dispatch.lose(thread);
    this.#openLanes(thread);
    this.turn();
  }

  /** Another pipeline needs the thread for itself, or no longer does. */
  threadClaimed(thread: number, isClaimed: boolean): void {
    this.#hand(thread).isClaimed = isClaimed;
    if (!isClaimed) this.turn();
  }

  /** Records came back; see Outcomes. Call `turn` once after a burst. */
  back(chunk: Chunk, place: number, count: number, verdict: Verdict, hasOutputs: boolean): void {
    this.#outcomes.back(chunk, place, count, verdict, hasOutputs);
  }

  failed(chunk: Chunk, place: number, failure: Failure): void {
    this.#outcomes.failed(chunk, place, failure, this.now());
  }

  confirm(chunk: Chunk, place: number): void {
    this.#outcomes.confirm(chunk, place);
  }

  refuse(chunk: Chunk, place: number, failure: Failure): void {
    this.#outcomes.refuse(chunk, place, failure, this.now());
  }

  opened(partition: number, lane: number): void {
    const epoch = this.#epochs.get(partition);
    if (epoch) this.#outcomes.opened(epoch.partition, lane, this.now());
  }

  /**
   * A thread is gone. What it had done counts; what it had not started goes back in order; what was running is charged, or
   * suspected: see blame.
   */
  threadDied(
    thread: number,
    death: ThreadDeath,
    message: string,
    orphans: readonly Orphan[],
    runningInAll: number,
    stack: string | null = null,
  ): void {
    this.#dispatch.lose(thread);
    const { charged, suspects, isStrike } = blame(orphans, runningInAll);
    const failure = failureOf(death, message, stack);
    for (const orphan of orphans) {
      const isCharged = charged.includes(orphan);
      const guilt = {
        failure: isCharged ? failure : null,
        isStrike: isCharged && isStrike,
        isSuspect: suspects.includes(orphan),
      };
      this.#outcomes.orphan(orphan.chunk, orphan.place, orphan.state, guilt, this.now());
    }
    invariant(this.#hand(thread).inFlight === 0, 'a dead thread holds no record');
    this.#openLanes(thread);
    publish('thread.died', {
      pipeline: this.pipeline.id,
      thread,
      reason: death,
      message,
      stack,
      charged: charged.length,
      suspects: suspects.length,
      innocent: orphans.length - charged.length - suspects.length,
    });
    this.turn();
  }

  // ---- EpochHost

  now(): number {
    return this.#clock.now();
  }

  after(delayMs: number, run: () => void): () => void {
    return this.#clock.after(delayMs, run);
  }

  recall(partition: Partition): Promise<void> {
    return partition.inFlight === 0 ? Promise.resolve() : this.#threads.recall(partition);
  }

  abort(partition: Partition, reason: AbortReason): void {
    // What is behind a record that ends now would start, and be done before it.
    void this.#threads.recall(partition);
    this.#threads.abort(partition, reason);
  }

  close(epoch: Epoch): void {
    const { partition } = epoch;
    this.#epochs.delete(partition.index);
    this.#draining.delete(epoch);
    this.#dispatch.remove(partition);
    this.#leaving.add(partition);
    // It has left the buffer to the others: what was held back may have room.
    for (const other of this.#epochs.values()) if (other.isPaused) other.partition.touch();
    this.turn();
  }

  watchDrain(epoch: Epoch): void {
    this.#draining.add(epoch);
  }

  turn(): void {
    const nowMs = this.now();
    this.#outcomes.wake(nowMs);
    if (!this.#threads.isSaturated()) this.#dispatch.pass(nowMs, this.#epochs.size);
    this.#look();
    for (const epoch of this.#draining) if (!epoch.checkDrain()) this.#draining.delete(epoch);
    this.#leaving.check();
    this.#setTimer(nowMs);
  }

  /** Looks at what has changed: whether a commit is wanted, and whether what was held back has room again. */
  #look(): void {
    const touched = this.#touched;
    this.#touched = [];
    let wantsCommit = false;
    let hasRoom = false;
    for (const partition of touched) {
      partition.isTouched = false;
      const epoch = this.#epochs.get(partition.index);
      if (!epoch) continue;
      wantsCommit ||= epoch.wantsCommit;
      if (epoch.isHeldBack && epoch.room() > 0) hasRoom = true;
    }
    if (wantsCommit) this.#onWantCommit();
    if (hasRoom) this.#onRoom();
  }

  #setTimer(nowMs: number): void {
    const next = this.#outcomes.nextMs;
    if (next >= this.#wakeAtMs) return;
    this.#cancelWake();
    this.#wakeAtMs = next;
    this.#cancelWake = this.#clock.after(next - nowMs, () => {
      this.#wakeAtMs = Number.POSITIVE_INFINITY;
      this.turn();
    });
  }

  /** Lanes that a dead thread had closed are open: its successor knows nothing of them. */
  #openLanes(thread: number): void {
    for (const epoch of this.#epochs.values()) {
      for (const lane of epoch.partition.lanes.closedBy(thread)) {
        this.#outcomes.opened(epoch.partition, lane.id, this.now());
      }
    }
  }

  #hand(thread: number): Hand {
    const hand = this.#dispatch.crew.hands[thread];
    invariant(hand !== undefined, 'a thread number is in range');
    return hand;
  }
}

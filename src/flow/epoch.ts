import type { Block } from '../contract/block.ts';
import type { PipelineConfig } from '../contract/config.ts';
import type { OffsetRange } from '../contract/offset-range.ts';
import { publish } from '../contract/signals.ts';
import type { AbortReason } from '../contract/thread.ts';
import type { Account, Budget } from './backpressure.ts';
import type { Partition } from './partition.ts';

/** What an epoch needs of the flow it belongs to. */
export interface EpochHost {
  readonly pipeline: PipelineConfig;
  readonly budget: Budget;
  now(): number;
  after(delayMs: number, run: () => void): () => void;
  /** Something may have become possible: hand out records, finish drains. */
  turn(): void;
  /** Threads give back what they haven't started of a partition; resolves when all have. */
  recall(partition: Partition): Promise<void>;
  abort(partition: Partition, reason: AbortReason): void;
  close(epoch: Epoch): void;
  /** A drain of the epoch waits: `checkDrain` is to be called after each turn, until it says that none does. */
  watchDrain(epoch: Epoch): void;
}

/** What is to be committed for a partition, and how to say that it was. */
export interface CommitPoint {
  readonly offset: bigint;
  readonly seq: number;
  /** Records settled in the epoch by then: what is settled above the watermark is noted with a commit. */
  readonly settled: number;
}

/** How a drain ended. */
export interface Drained {
  /** Records below the highest one handed out that have not ended, but for those of lanes halted by policy. */
  readonly open: number;
  /** One past the highest offset that was handed out. */
  readonly to: bigint;
}

/**
 * One uninterrupted ownership of a partition, as the Kafka side sees it: it asks for room, admits blocks, commits what
 * is offered, and ends it by drain and close. A closed epoch takes nothing and offers nothing.
 */
export class Epoch {
  readonly partition: Partition;
  readonly #host: EpochHost;
  readonly #account: Account;
  #askedBytes = 0;
  /** The first part of a drain, which a second one joins, and whether its time is over. */
  #filled: Promise<void> | null = null;
  #isOver = false;
  /** Who waits until nothing runs and no gap is left. */
  #drains: { untilMs: number; resolve: () => void }[] = [];
  /** Ends the waits that are going on. */
  readonly #waits = new Set<() => void>();

  constructor(partition: Partition, host: EpochHost) {
    this.partition = partition;
    this.#host = host;
    this.#account = host.budget.open();
  }

  get topic(): string {
    return this.partition.topic;
  }

  get isOpen(): boolean {
    return this.partition.state !== 'closed';
  }

  /** Next offset to fetch. */
  get position(): bigint {
    return this.partition.ledger.position;
  }

  get watermark(): bigint {
    return this.partition.ledger.watermark;
  }

  get isPaused(): boolean {
    return this.#account.isPaused;
  }

  /** Whether a fetch of it may have to wait for what the flow does: for room in the buffer, or for a commit. */
  get isHeldBack(): boolean {
    return this.isPaused || this.#host.pipeline.commit.mode === 'batch';
  }

  get wantsCommit(): boolean {
    const { partition } = this;
    if (partition.wantsCommit) return true;
    return (
      this.#host.pipeline.commit.mode === 'batch' &&
      partition.backlog.records === 0 &&
      this.commitPoint() !== null
    );
  }

  /** Bytes that may be asked for now; 0 while the partition holds its share, or gives its records up. */
  room(): number {
    const { partition } = this;
    if (partition.state !== 'running') return 0;
    if (this.#awaitsCommit) return 0;
    const wasPaused = this.isPaused;
    this.#count();
    const room = this.#account.room();
    if (this.isPaused !== wasPaused) this.#tellPause();
    return room;
  }

  /** Whether the batch that was fetched last is not settled and committed, and the next one has to wait for that. */
  get #awaitsCommit(): boolean {
    if (this.#host.pipeline.commit.mode !== 'batch') return false;
    const { backlog, committed, ledger } = this.partition;
    // Where an epoch starts nothing may be committed yet: that is no batch to wait for.
    const isRead = ledger.position > ledger.origin;
    return backlog.records > 0 || (isRead && committed < ledger.position);
  }

  /** Counts bytes that were asked for; a negative number takes them back when the answer is here. */
  asked(bytes: number): void {
    this.#askedBytes += bytes;
    this.#count();
  }

  /** Takes a fetched block; false when the epoch takes no records any more. */
  admit(block: Block): boolean {
    if (this.partition.state !== 'running') return false;
    this.partition.admit(block);
    this.#count();
    this.#host.turn();
    return true;
  }

  /**
   * What may be committed and isn't; null when there is nothing new. A record that was settled above the watermark is news too: the commit's
   * note says so, and nobody has to run it again.
   */
  commitPoint(): CommitPoint | null {
    const { ledger, committed, state, noted } = this.partition;
    if (state === 'closed') return null;
    if (ledger.watermark <= committed && ledger.settled === noted) return null;
    return { offset: ledger.watermark, seq: ledger.low, settled: ledger.settled };
  }

  /** What is settled above the watermark. */
  settledAbove(): OffsetRange[] {
    return this.partition.settledAbove();
  }

  /** The broker has confirmed a commit of `point`. */
  confirm(point: CommitPoint): void {
    if (!this.isOpen) return;
    this.partition.confirm(point.offset, point.seq, point.settled);
    this.#host.turn();
  }

  /**
   * Takes nothing new, lets what runs end and fills the gaps below it, until `untilMs` on the clock; then aborts the
   * signals of what still runs and waits `graceMs` more. The epoch stays open for the commit that follows.
   */
  async drain(untilMs: number, graceMs: number, reason: AbortReason): Promise<Drained> {
    const { partition } = this;
    this.#filled ??= this.#fill(untilMs);
    await this.#until(untilMs, this.#filled);
    this.#isOver = true;
    if (this.isOpen) partition.hold();
    if (this.isOpen && partition.inFlight > 0) {
      this.#host.abort(partition, reason);
      await this.#until(this.#host.now() + graceMs, this.#drained(untilMs));
    }
    return { open: partition.unfinished, to: partition.topOffset };
  }

  /** Gets back what no thread has started, then lets the gaps be filled; resolves when nothing is left to do. */
  async #fill(untilMs: number): Promise<void> {
    this.partition.hold();
    await this.#host.recall(this.partition);
    if (this.isOpen && !this.#isOver) this.partition.drain();
    await this.#drained(untilMs);
  }

  /** Ends the epoch. What still runs is only counted when it comes back. */
  close(): void {
    if (!this.isOpen) return;
    this.partition.close();
    this.#drains = [];
    for (const end of this.#waits) end();
    this.#host.budget.close(this.#account);
    this.#host.close(this);
  }

  /** Ends the drains that have nothing more to wait for; false when none is left. */
  checkDrain(): boolean {
    this.#drains = this.#drains.filter(({ untilMs, resolve }) => {
      const isOver = this.partition.isDrained(untilMs);
      if (isOver) resolve();
      return !isOver;
    });
    return this.#drains.length > 0;
  }

  #drained(untilMs: number): Promise<void> {
    if (!this.isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drains.push({ untilMs, resolve });
      this.#host.watchDrain(this);
      this.#host.turn();
    });
  }

  /** Waits for `work`, but not past `untilMs` nor past the end of the epoch. */
  #until(untilMs: number, work: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#waits.delete(end);
        resolve();
      };
      const cancel = this.#host.after(Math.max(0, untilMs - this.#host.now()), end);
      this.#waits.add(end);
      work.then(end, end);
    });
  }

  /** Says what the partition uses of the buffer. */
  #count(): void {
    const { bytes, records } = this.partition.backlog;
    this.#account.use(bytes + this.#askedBytes, records);
  }

  #tellPause(): void {
    const { topic, partition } = this.partition;
    const place = { pipeline: this.#host.pipeline.id, topic, partition };
    if (this.isPaused) publish('partition.paused', { ...place, reason: 'buffer' });
    else publish('partition.resumed', place);
  }
}

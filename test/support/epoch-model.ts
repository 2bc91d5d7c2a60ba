import assert from 'node:assert/strict';
import type { Block } from '../../src/contract/block.ts';
import type { Ordering } from '../../src/contract/config.ts';
import type { OffsetRange } from '../../src/contract/offset-range.ts';
import type { Epoch } from '../../src/flow/epoch.ts';

/** A delivered record, as the rules of the manual see it. */
export class Entry {
  readonly epoch: EpochModel;
  readonly index: number;
  readonly offset: number;
  readonly lane: LaneModel;
  readonly block: Block;
  /**
   * waiting   on the main thread
   * handed    sent to a thread, no verdict yet
   * awaiting  handled, its outputs not yet acknowledged
   * ended     terminal
   */
  state: 'waiting' | 'handed' | 'awaiting' | 'ended' = 'waiting';
  thread = -1;
  isRunning = false;
  /** Whether the attempt that its thread holds ended well. */
  isDone = false;
  attempts = 0;
  strikes = 0;
  isSuspect = false;
  /** Settled before the epoch began. */
  isKnown = false;
  /** Its next attempt is not due before. */
  earliestMs = 0;

  constructor(epoch: EpochModel, index: number, offset: number, lane: LaneModel, block: Block) {
    this.epoch = epoch;
    this.index = index;
    this.offset = offset;
    this.lane = lane;
    this.block = block;
  }

  get place(): string {
    return `${this.epoch.topic}-${this.epoch.partition}@${this.offset}`;
  }
}

/** The records of one key (or of the whole partition, or just one) in order. */
export class LaneModel {
  /** The same for the lanes of one key in different epochs; empty for a record without order. */
  readonly key: string;
  readonly entries: Entry[] = [];
  /** Given up by policy. */
  isHalted = false;
  /** When it goes on at the latest after a failure. */
  latestMs = 0;
  #low = 0;

  constructor(key: string) {
    this.key = key;
  }

  /** Records before `entry` that have not ended. */
  *before(entry: Entry): Generator<Entry> {
    while (this.entries[this.#low]?.state === 'ended') this.#low++;
    for (let i = this.#low; i < this.entries.length; i++) {
      const other = this.entries[i] as Entry;
      if (other === entry) return;
      if (other.state !== 'ended') yield other;
    }
  }
}

/** What must be true of one epoch, kept the simple way: a list of records and plain counts. */
export class EpochModel {
  readonly epoch: Epoch;
  readonly topic: string;
  readonly partition: number;
  readonly entries: Entry[] = [];
  position: number;
  /** -1 while nothing is. */
  committed: number;
  /** Highest offset that was offered for a commit. */
  offered = -1;
  committedIndex = 0;
  /** Records sent and not back; handled and awaiting; neither ended. */
  inFlight = 0;
  awaiting = 0;
  open = 0;
  /** Records ended that the group has noted. */
  noted = 0;
  /** Bytes of the blocks with a record that has not ended. */
  bytes = 0;
  /** Highest record that was ever started, or -1. */
  maxStarted = -1;
  /** When its drain has to be over; Infinity while it isn't drained. */
  untilMs: number = Number.POSITIVE_INFINITY;
  isClosed = false;
  readonly #ordering: Ordering;
  readonly #lanes = new Map<string, LaneModel>();
  readonly #blocks = new Map<Block, { first: number; left: number }>();
  #low = 0;

  /** Ranges of offsets that were settled before. */
  readonly #known: readonly OffsetRange[];

  constructor(
    epoch: Epoch,
    start: number,
    committed: number | null,
    ordering: Ordering,
    known: readonly OffsetRange[],
  ) {
    this.#known = known;
    this.epoch = epoch;
    this.topic = epoch.topic;
    this.partition = epoch.partition.partition;
    this.position = start;
    this.committed = committed ?? -1;
    this.#ordering = ordering;
  }

  admit(block: Block): void {
    this.position = Number(block.next);
    if (block.count === 0) return;
    this.#blocks.set(block, { first: this.entries.length, left: block.count });
    this.bytes += block.bytes.byteLength;
    this.open += block.count;
    for (let i = 0; i < block.count; i++) {
      const offset = Number(block.base) + (block.offset[i] as number);
      const lane = this.#lane(block.hash[i] as number);
      const entry = new Entry(this, this.entries.length, offset, lane, block);
      this.entries.push(entry);
      lane.entries.push(entry);
      if (!this.#known.some(([from, to]) => offset >= from && offset < to)) continue;
      entry.isKnown = true;
      this.noted++;
      this.end(entry);
    }
  }

  entry(block: Block, at: number): Entry {
    const known = this.#blocks.get(block);
    assert(known, 'only records of admitted blocks are handed out');
    return this.entries[known.first + at] as Entry;
  }

  end(entry: Entry): void {
    assert.notEqual(entry.state, 'ended', `${entry.place} ends once`);
    entry.state = 'ended';
    this.open--;
    const known = this.#blocks.get(entry.block);
    assert(known);
    if (--known.left === 0) this.bytes -= entry.block.bytes.byteLength;
  }

  /** Place of the first record that has not ended. */
  get low(): number {
    while (this.entries[this.#low]?.state === 'ended') this.#low++;
    return this.#low;
  }

  get settled(): number {
    return this.entries.length - this.open;
  }

  /** Offset up to which a commit is safe. */
  get watermark(): number {
    return this.entries[this.low]?.offset ?? this.position;
  }

  /** Place one past the highest record that is on a thread, awaits its outputs or has ended. */
  get top(): number {
    let top = this.entries.length;
    const isUntouched = (entry: Entry | undefined): boolean =>
      entry?.state === 'waiting' || entry?.isKnown === true;
    while (top > this.low && isUntouched(this.entries[top - 1])) top--;
    return top;
  }

  /** Records below `top` that have not ended, but for those that wait in a halted lane. */
  get unfinished(): Entry[] {
    return this.entries
      .slice(this.low, this.top)
      .filter(({ state, lane }) => state !== 'ended' && !(state === 'waiting' && lane.isHalted));
  }

  #lane(hash: number): LaneModel {
    if (this.#ordering === 'none' || (this.#ordering === 'key' && hash === 0))
      return new LaneModel('');
    const key = `${this.topic}-${this.partition}/${this.#ordering === 'key' ? hash : 'all'}`;
    let lane = this.#lanes.get(key);
    if (!lane) {
      lane = new LaneModel(key);
      this.#lanes.set(key, lane);
    }
    return lane;
  }
}

import { Refusal } from '../errors.ts';
import { Arena, joined } from './arena.ts';
import { Batch } from './batch.ts';
import { compacted } from './compaction.ts';
import { EpochStarts } from './epoch-starts.ts';
import { type RecordTime, recordTimes } from './record-times.ts';
import { type AbortedTransaction, TransactionIndex } from './transaction-index.ts';

/** Records that were read, as bytes to be sent one after the other. */
export interface LogRead {
  readonly records: readonly Buffer[];
  readonly bytes: number;
  /** The next offset after them; the one that was asked for when there are none. */
  readonly endOffset: bigint;
}

/** A batch where it is kept. */
interface Entry {
  readonly batch: Batch;
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly maxTimestamp: bigint;
}

/**
 * The record batches of a partition, as bytes in the order of their offsets. Batches come in with what the door let through;
 * they get their offset and epoch in place, and are never decoded, but to find a time. All offsets below the end are
 * replicated, since all replicas of a partition are this one log.
 */
export class PartitionLog {
  #entries: Entry[] = [];
  readonly #arena = new Arena();
  #transactions = new TransactionIndex();
  readonly #epochs = new EpochStarts();
  #startOffset = 0n;
  #endOffset = 0n;
  #bytes = 0;

  get startOffset(): bigint {
    return this.#startOffset;
  }

  /** The next offset that is given. */
  get endOffset(): bigint {
    return this.#endOffset;
  }

  get highWatermark(): bigint {
    return this.#endOffset;
  }

  /** Below it no transaction is open; never below the start of the log. */
  get lastStableOffset(): bigint {
    return max(this.#transactions.firstOpenOffset ?? this.highWatermark, this.startOffset);
  }

  get transactions(): TransactionIndex {
    return this.#transactions;
  }

  get epochs(): EpochStarts {
    return this.#epochs;
  }

  /** Of all batches. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends a batch with the next offsets, in its own memory if that fits; returns its base offset. */
  append(batch: Batch, leaderEpoch: number, logAppendTimeMs: bigint | null): bigint {
    const baseOffset = this.#endOffset;
    batch.place(baseOffset, leaderEpoch);
    batch.stamp(logAppendTimeMs);
    this.put(batch);
    return baseOffset;
  }

  /** Adds a batch with the offsets that it has. They may leave a gap; throws RangeError when they are not behind the end. */
  put(given: Batch): void {
    if (given.baseOffset < this.#endOffset) {
      throw new RangeError(`A batch at ${given.baseOffset} is not behind ${this.#endOffset - 1n}.`);
    }
    const batch = new Batch(this.#arena.keep(given.bytes));
    const entry = entryOf(batch);
    this.#entries.push(entry);
    this.#epochs.begin(batch.leaderEpoch, entry.baseOffset);
    this.#transactions.appended(batch);
    this.#endOffset = entry.lastOffset + 1n;
    this.#bytes += batch.bytes.length;
  }

  /**
   * Whole batches from the one that holds `offset` on, below `limit`, up to `maxBytes`; the first one even if it is larger,
   * when `atLeastOne`. Throws OFFSET_OUT_OF_RANGE.
   */
  read(offset: bigint, limit: bigint, maxBytes: number, atLeastOne: boolean): LogRead {
    if (offset < this.#startOffset || offset > this.#endOffset) {
      throw new Refusal('OFFSET_OUT_OF_RANGE');
    }
    const pieces: Buffer[] = [];
    let bytes = 0;
    let endOffset = offset;
    for (let i = this.#indexOf(offset); i < this.#entries.length; i++) {
      const { batch, lastOffset } = this.#entries[i] as Entry;
      const isFirst = atLeastOne && pieces.length === 0;
      if (lastOffset >= limit || (bytes + batch.bytes.length > maxBytes && !isFirst)) break;
      pieces.push(batch.bytes);
      bytes += batch.bytes.length;
      endOffset = lastOffset + 1n;
    }
    return { records: joined(pieces), bytes, endOffset };
  }

  /** Transactions that were aborted with records in what a read gave. */
  abortedWithin(offset: bigint, { endOffset }: LogRead): AbortedTransaction[] {
    return this.#transactions.abortedWithin(offset, endOffset);
  }

  /** First record at or after the time, in ms since 1970. A batch that cannot be looked into counts as its first record. */
  firstAtOrAfter(timestamp: bigint): RecordTime | null {
    for (const { batch, lastOffset, baseOffset, maxTimestamp } of this.#entries) {
      if (maxTimestamp < timestamp || lastOffset < this.#startOffset) continue;
      const found = recordTimes(batch)?.find(
        (record) => record.timestamp >= timestamp && record.offset >= this.#startOffset,
      );
      return found ?? { offset: max(baseOffset, this.#startOffset), timestamp: maxTimestamp };
    }
    return null;
  }

  /** First record that has the largest time. */
  latest(): RecordTime | null {
    const [first, ...rest] = this.#entries;
    if (first === undefined) return null;
    const best = rest.reduce(
      (most, each) => (each.maxTimestamp > most.maxTimestamp ? each : most),
      first,
    );
    return this.firstAtOrAfter(best.maxTimestamp);
  }

  /** Forgets what is below the offset. Throws OFFSET_OUT_OF_RANGE when it is above the high watermark. */
  deleteBefore(offset: bigint): void {
    if (offset < 0n || offset > this.highWatermark) throw new Refusal('OFFSET_OUT_OF_RANGE');
    if (offset <= this.#startOffset) return;
    this.#startOffset = offset;
    const gone = this.#entries.splice(0, this.#indexOf(offset));
    this.#bytes -= gone.reduce((sum, { batch }) => sum + batch.bytes.length, 0);
  }

  /** Forgets the batches that reach up to the offset or behind it, with the epochs that began there; the log then ends before them. */
  truncate(offset: bigint): void {
    this.#entries = this.#entries.filter(({ lastOffset }) => lastOffset < offset);
    this.#bytes = this.#entries.reduce((sum, { batch }) => sum + batch.bytes.length, 0);
    const last = this.#entries.at(-1);
    this.#endOffset = last === undefined ? this.#startOffset : last.lastOffset + 1n;
    this.#epochs.truncate(this.#endOffset);
    this.#transactions = new TransactionIndex();
    for (const { batch } of this.#entries) this.#transactions.appended(batch);
  }

  /** Keeps of each key only its last record; see compaction.ts. */
  compact(): void {
    const batches = compacted(this.#entries.map(({ batch }) => batch));
    this.#entries = batches.map(entryOf);
    this.#bytes = batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Index of the first batch that ends at or behind the offset. */
  #indexOf(offset: bigint): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle] as Entry).lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function entryOf(batch: Batch): Entry {
  const { baseOffset, lastOffset, maxTimestamp } = batch;
  return { batch, baseOffset, lastOffset, maxTimestamp };
}

const max = (one: bigint, other: bigint): bigint => (one > other ? one : other);

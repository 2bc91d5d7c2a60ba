import { BATCH_HEADER_BYTES, type Batch } from './batch.ts';

/** A transaction that ended in an abort: its records are those of the producer from the first offset to the last. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
  /** Of the marker that ended it. */
  readonly lastOffset: bigint;
}

/**
 * What a log knows of transactions, learnt from the batches that are appended: which are open, and which were aborted.
 * Source: Kafka 4.1, ProducerStateManager and TransactionIndex.
 */
export class TransactionIndex {
  /** First offset of each open transaction by its producer, in the order in which they began. */
  readonly #open = new Map<bigint, bigint>();
  readonly #aborted: AbortedTransaction[] = [];

  /** First offset that a reader of committed records must not see yet; null when no transaction is open. */
  get firstOpenOffset(): bigint | null {
    for (const first of this.#open.values()) return first;
    return null;
  }

  /** Whether the producer has written to an open transaction. */
  isOpen(producerId: bigint): boolean {
    return this.#open.has(producerId);
  }

  /** Where the open transaction of the producer begins; null when it has none. */
  firstOffset(producerId: bigint): bigint | null {
    return this.#open.get(producerId) ?? null;
  }

  /** Learns from a batch that has its offsets. */
  appended(batch: Batch): void {
    if (!batch.isTransactional) return;
    const { producerId, baseOffset } = batch;
    if (!batch.isControl) {
      if (!this.#open.has(producerId)) this.#open.set(producerId, baseOffset);
      return;
    }
    const firstOffset = this.#open.get(producerId);
    const outcome = controlTypeOf(batch);
    if (firstOffset === undefined || outcome === null) return;
    this.#open.delete(producerId);
    if (outcome === 'abort')
      this.#aborted.push({ producerId, firstOffset, lastOffset: baseOffset });
  }

  /** Those with records at or above `from` and below `to`. */
  abortedWithin(from: bigint, to: bigint): AbortedTransaction[] {
    return this.#aborted.filter(
      ({ firstOffset, lastOffset }) => firstOffset < to && lastOffset >= from,
    );
  }
}

/**
 * Reads the key of a control batch's one record: lengths and deltas of a byte each, then version and type as two int16.
 * null when it is no end of a transaction.
 */
function controlTypeOf(batch: Batch): 'abort' | 'commit' | null {
  // Length, attributes, time delta and offset delta; a marker's are all below 64, so of one byte each, and so is the key's length.
  const keyAt = BATCH_HEADER_BYTES + 5;
  if (batch.bytes.length < keyAt + 4) return null;
  const type = batch.bytes.readInt16BE(keyAt + 2);
  return type === 0 ? 'abort' : type === 1 ? 'commit' : null;
}

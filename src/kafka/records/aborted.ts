/**
 * Which batches of a set hold nothing to deliver: transaction markers always, and under read
 * committed the batches of aborted transactions. Owns no bytes; asked once per batch, in the order
 * of the log.
 */
import { Cursor } from './cursor.ts';
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  CODEC_BITS,
  CONTROL_BIT,
  COUNT_AT,
  HEADER_BYTES,
  LAST_DELTA_AT,
  PRODUCER_ID_AT,
  TRANSACTIONAL_BIT,
} from './layout.ts';

/** One entry of the list that a fetch response gives with a partition's records. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  /** Offset of the first record of the transaction. */
  readonly firstOffset: bigint;
}

type Visibility = 'show' | 'hide' | 'corrupt';

/** Type of a control record that ends an aborted transaction; the other one, 1, is commit. */
const ABORT = 0;

/**
 * The rule is that of Java's consumer (`CompletedFetch.nextFetchedRecord`): a producer is aborted
 * from the batch that reaches its transaction's first offset until its ABORT marker.
 */
export class AbortedRanges {
  /** Transactions that haven't begun yet, by first offset, the next one last. */
  readonly #ahead: AbortedTransaction[];
  readonly #aborted: Set<bigint> = new Set();
  readonly #readCommitted: boolean;

  /** `transactions` in any order; null: read uncommitted, only markers are hidden. */
  constructor(transactions: readonly AbortedTransaction[] | null) {
    this.#readCommitted = transactions !== null;
    this.#ahead = [...(transactions ?? [])].sort((a, b) =>
      a.firstOffset === b.firstOffset ? 0 : a.firstOffset < b.firstOffset ? 1 : -1,
    );
  }

  /**
   * Judges the batch at `at..end`. One that is neither transactional nor a marker may be left out:
   * it is shown.
   */
  judge(bytes: Uint8Array, view: DataView, at: number, end: number): Visibility {
    const attributes = view.getInt16(at + ATTRIBUTES_AT);
    const control = (attributes & CONTROL_BIT) !== 0;
    if (!this.#readCommitted) return control ? 'hide' : 'show';

    const last = view.getBigInt64(at + BASE_OFFSET_AT) + BigInt(view.getInt32(at + LAST_DELTA_AT));
    let next = this.#ahead.at(-1);
    while (next !== undefined && next.firstOffset <= last) {
      this.#aborted.add(next.producerId);
      this.#ahead.pop();
      next = this.#ahead.at(-1);
    }

    const producerId = view.getBigInt64(at + PRODUCER_ID_AT);
    if (control) {
      const type = markerType(bytes, view, at, end);
      // A marker that can't be read must not be skipped: were it an ABORT, committed records would
      // be lost after it.
      if (type === 'corrupt') return 'corrupt';
      if (type === ABORT) this.#aborted.delete(producerId);
      return 'hide';
    }
    const transactional = (attributes & TRANSACTIONAL_BIT) !== 0;
    return transactional && this.#aborted.has(producerId) ? 'hide' : 'show';
  }
}

/** Type of the marker in a control batch; null when compaction has left only the header of it. */
function markerType(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
): number | null | 'corrupt' {
  if (view.getInt32(at + COUNT_AT) === 0) return null;
  if ((view.getInt16(at + ATTRIBUTES_AT) & CODEC_BITS) !== 0) return 'corrupt';
  const cursor = new Cursor(bytes);
  cursor.at = at + HEADER_BYTES;
  const size = cursor.varint(end);
  cursor.at += 1;
  const timestampDelta = cursor.varlong(end);
  const offsetDelta = cursor.varint(end);
  const keyLength = cursor.varint(end);
  if (size < 0 || Number.isNaN(timestampDelta) || offsetDelta < 0) return 'corrupt';
  // The key is version and type, an int16 each; later versions may append to it.
  if ((keyLength & 1) !== 0 || keyLength >>> 1 < 4 || cursor.at + 4 > end) return 'corrupt';
  return view.getInt16(cursor.at + 2);
}

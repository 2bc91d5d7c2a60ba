/**
 * Walks the entries of a record set by their headers alone: where it ends, how many records there
 * may be, and whether any of it must be expanded first. Touches one cache line per batch and no
 * record.
 */
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BATCH_LENGTH_MIN,
  CODEC_BITS,
  COUNT_AT,
  HEADER_BYTES,
  LAST_DELTA_AT,
  LENGTH_AT,
  MAGIC_AT,
  OLD_LENGTH_MIN,
  PREFIX_BYTES,
  RECORD_MIN_BYTES,
} from './layout.ts';

export interface Survey {
  /** One past the last complete and plausible entry. */
  readonly end: number;
  /** Where that entry starts; -1 when there is none. */
  readonly last: number;
  /** Sum of the record counts of the uncompressed batches; never more than their bytes can hold. */
  readonly records: number;
  /** Some entry is compressed or of an old format. */
  readonly packed: boolean;
  /**
   * Why the walk ended at `end`: no more bytes, an entry cut off by the fetch's size limit, or a
   * reason to call it corrupt.
   */
  readonly stop: 'end' | 'cut' | { readonly reason: string };
}

export function survey(view: DataView): Survey {
  let at = 0;
  let last = -1;
  let records = 0;
  let packed = false;
  let stop: Survey['stop'] = 'end';
  while (at < view.byteLength) {
    const end = entryEnd(view, at);
    if (typeof end !== 'number') {
      stop = end;
      break;
    }
    if (view.getUint8(at + MAGIC_AT) === 2) {
      const count = view.getInt32(at + COUNT_AT);
      if (count > 0 && (view.getInt16(at + ATTRIBUTES_AT) & CODEC_BITS) !== 0) packed = true;
      else records += count;
    } else {
      packed = true;
    }
    last = at;
    at = end;
  }
  return { end: at, last, records, packed, stop };
}

/** Offset that the entry at `at` states in its header. */
export function offsetAt(view: DataView, at: number): bigint {
  return view.getBigInt64(at + BASE_OFFSET_AT);
}

/** One past the last offset of the complete entry at `at`. */
export function offsetAfter(view: DataView, at: number): bigint {
  const delta = view.getUint8(at + MAGIC_AT) === 2 ? view.getInt32(at + LAST_DELTA_AT) : 0;
  return offsetAt(view, at) + BigInt(delta) + 1n;
}

/**
 * The same for an entry that may be anything: null when its header is not all there or makes no
 * sense.
 */
export function offsetAfterIfSane(view: DataView, at: number): bigint | null {
  if (view.byteLength - at < HEADER_BYTES || offsetAt(view, at) < 0n) return null;
  if (view.getUint8(at + MAGIC_AT) > 2) return null;
  const after = offsetAfter(view, at);
  return after > offsetAt(view, at) ? after : null;
}

function entryEnd(view: DataView, at: number): number | Exclude<Survey['stop'], 'end'> {
  const left = view.byteLength - at;
  if (left <= MAGIC_AT) return 'cut';
  const length = view.getInt32(at + LENGTH_AT);
  const magic = view.getUint8(at + MAGIC_AT);
  if (magic > 2) return { reason: `its format, magic ${magic}, is unknown` };
  const lengthMin = magic === 2 ? BATCH_LENGTH_MIN : OLD_LENGTH_MIN;
  if (length < lengthMin) return { reason: `its length, ${length}, is too small for a header` };
  if (PREFIX_BYTES + length > left) return 'cut';
  if (magic === 2) {
    const count = view.getInt32(at + COUNT_AT);
    const lastDelta = view.getInt32(at + LAST_DELTA_AT);
    if (count < 0) return { reason: 'its record count is negative' };
    if (lastDelta < 0) return { reason: 'its last offset is below its first one' };
    const compressed = (view.getInt16(at + ATTRIBUTES_AT) & CODEC_BITS) !== 0;
    const room = (length - BATCH_LENGTH_MIN) / RECORD_MIN_BYTES;
    if (!compressed && count > room) {
      return { reason: `it states ${count} records but has bytes for ${Math.floor(room)}` };
    }
  }
  return at + PREFIX_BYTES + length;
}

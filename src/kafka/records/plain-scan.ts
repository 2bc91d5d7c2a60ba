/**
 * The hot loop: one pass over uncompressed magic 2 batches that writes the index of a block. Per
 * record it reads five varints and hashes the key; values and headers are never looked at, so their
 * size and number cost nothing. Nothing is allocated per record, and what is corrupt ends the scan
 * before the batch it is in.
 */

import { type Block, keyHash, NO_KEY } from '../../contract/block.ts';
import type { AbortedRanges } from './aborted.ts';
import { crc32c } from './crc32c.ts';
import { Cursor } from './cursor.ts';
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BASE_TIMESTAMP_AT,
  CONTROL_BIT,
  COUNT_AT,
  CRC_AT,
  HEADER_BYTES,
  LAST_DELTA_AT,
  LENGTH_AT,
  LOG_APPEND_TIME_BIT,
  MAX_TIMESTAMP_AT,
  PREFIX_BYTES,
  TRANSACTIONAL_BIT,
  TWO_TO_32,
} from './layout.ts';
import { offsetAt } from './survey.ts';
import { viewOf } from './views.ts';

/** What a block holds per record besides its bytes. */
export const INDEX_BYTES = 28;

interface PlainSet {
  /**
   * Complete, plausible, uncompressed magic 2 batches and nothing else; becomes the block's memory.
   */
  readonly bytes: Uint8Array;
  /** At least as many as the batches hold. */
  readonly records: number;
}

export interface ScanOptions {
  /** Records below this offset are left out. */
  readonly from: bigint;
  readonly hidden: AbortedRanges;
  readonly checkCrc: boolean;
}

/** A batch that ended the scan: where it starts, and what is wrong with it. */
interface BadBatch {
  readonly at: number;
  readonly reason: string;
}

export class PlainScan {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #cursor: Cursor;
  readonly #hidden: AbortedRanges;
  readonly #checkCrc: boolean;
  /** Offset that the rest counts from, as a bigint and as the two halves of its field. */
  readonly #base: bigint;
  readonly #baseHigh: number;
  readonly #baseLow: number;
  readonly #from: bigint;
  /** `from`, counted from the base. */
  readonly #fromDelta: number;
  readonly #offset: Float64Array<ArrayBuffer>;
  readonly #timestamp: Float64Array<ArrayBuffer>;
  readonly #start: Int32Array<ArrayBuffer>;
  readonly #end: Int32Array<ArrayBuffer>;
  readonly #hash: Int32Array<ArrayBuffer>;
  #count = 0;
  /** Place of the next batch. */
  #at = 0;
  /** One past the last offset covered so far, counted from the base; 0: no batch is covered yet. */
  #covered = 0;
  #bad: BadBatch | null = null;

  constructor(set: PlainSet, options: ScanOptions) {
    const { bytes, records } = set;
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#cursor = new Cursor(bytes);
    this.#hidden = options.hidden;
    this.#checkCrc = options.checkCrc;
    this.#from = options.from;
    const any = bytes.byteLength > 0;
    this.#base = any ? offsetAt(this.#view, 0) : options.from;
    this.#baseHigh = any ? this.#view.getInt32(BASE_OFFSET_AT) : 0;
    this.#baseLow = any ? this.#view.getUint32(BASE_OFFSET_AT + 4) : 0;
    this.#fromDelta = Number(options.from - this.#base);
    // One allocation for the five arrays: most blocks of a lone record are smaller than a typed
    // array's own overhead.
    const index = new ArrayBuffer(records * INDEX_BYTES);
    this.#offset = new Float64Array(index, 0, records);
    this.#timestamp = new Float64Array(index, records * 8, records);
    this.#start = new Int32Array(index, records * 16, records);
    this.#end = new Int32Array(index, records * 20, records);
    this.#hash = new Int32Array(index, records * 24, records);
  }

  /** Scans at least `budget` bytes more, to the end of a batch. True when the scan is over. */
  advance(budget: number): boolean {
    const until = this.#at + budget;
    while (this.#at < this.#bytes.byteLength && this.#bad === null) {
      if (this.#at >= until) return false;
      const at = this.#at;
      const end = at + PREFIX_BYTES + this.#view.getInt32(at + LENGTH_AT);
      const reason = this.#batch(at, end);
      if (reason === null) this.#at = end;
      else this.#bad = { at, reason };
    }
    return true;
  }

  /** The batch that ended the scan, if one did. */
  get bad(): BadBatch | null {
    return this.#bad;
  }

  /** What was scanned so far. Its `next` is never below `from`. */
  block(): Block {
    const covered = this.#covered === 0 ? this.#from : this.#base + BigInt(this.#covered);
    const count = this.#count;
    return {
      bytes: this.#bytes,
      base: this.#base,
      count,
      offset: this.#offset.subarray(0, count),
      timestamp: this.#timestamp.subarray(0, count),
      start: this.#start.subarray(0, count),
      end: this.#end.subarray(0, count),
      hash: this.#hash.subarray(0, count),
      next: covered > this.#from ? covered : this.#from,
    };
  }

  #batch(at: number, end: number): string | null {
    const view = this.#view;
    const high = view.getInt32(at + BASE_OFFSET_AT);
    const low = view.getUint32(at + BASE_OFFSET_AT + 4);
    const delta = (high - this.#baseHigh) * TWO_TO_32 + (low - this.#baseLow);
    const lastDelta = view.getInt32(at + LAST_DELTA_AT);
    if (high < 0 || high === 0x7fff_ffff) return 'its base offset is outside the range';
    if (delta < this.#covered) return 'its base offset is below the end of the batch before it';
    const next = delta + lastDelta + 1;
    if (next > Number.MAX_SAFE_INTEGER) return 'it is 2^53 offsets away from the first one';
    if (this.#checkCrc) {
      const checksum = crc32c(this.#bytes.subarray(at + ATTRIBUTES_AT, end));
      if (checksum !== view.getUint32(at + CRC_AT)) return 'its checksum is wrong';
    }
    const attributes = view.getInt16(at + ATTRIBUTES_AT);
    if ((attributes & (TRANSACTIONAL_BIT | CONTROL_BIT)) !== 0) {
      const visibility = this.#hidden.judge(this.#bytes, view, at, end);
      if (visibility === 'corrupt') return 'its transaction marker makes no sense';
      if (visibility === 'hide') {
        this.#covered = next;
        return null;
      }
    }
    const reason = this.#records(at, end, delta);
    if (reason === null) this.#covered = next;
    return reason;
  }

  #records(at: number, end: number, base: number): string | null {
    const bytes = this.#bytes;
    const cursor = this.#cursor;
    const offset = this.#offset;
    const timestamp = this.#timestamp;
    const starts = this.#start;
    const ends = this.#end;
    const hash = this.#hash;
    const view = this.#view;
    const count = view.getInt32(at + COUNT_AT);
    const lastDelta = view.getInt32(at + LAST_DELTA_AT);
    const appended = (view.getInt16(at + ATTRIBUTES_AT) & LOG_APPEND_TIME_BIT) !== 0;
    const batchTimestamp = int64(view, at + (appended ? MAX_TIMESTAMP_AT : BASE_TIMESTAMP_AT));
    const skipBelow = this.#fromDelta - base;
    let kept = this.#count;
    let previous = -1;
    cursor.at = at + HEADER_BYTES;
    for (let i = 0; i < count; i++) {
      // Odd is negative in zigzag, and odd is also the -1 of a varint that can't be read.
      const size = cursor.varint(end);
      const recordEnd = cursor.at + (size >>> 1);
      if ((size & 1) !== 0 || recordEnd > end) return `record ${i} has a length that can't be`;
      cursor.at += 1; // attributes, unused in this format
      const timestampDelta = cursor.varlong(recordEnd);
      const rawDelta = cursor.varint(recordEnd);
      const delta = rawDelta >>> 1;
      if ((rawDelta & 1) !== 0 || delta <= previous || delta > lastDelta) {
        return `record ${i} has no offset, or one out of order`;
      }
      const start = cursor.at;
      const rawKeyLength = cursor.varint(recordEnd);
      const keyEnd = cursor.at + (rawKeyLength >>> 1);
      const isNull = rawKeyLength === 1;
      if ((rawKeyLength & 1) !== 0 && !isNull) return `record ${i} has no length of its key`;
      if (keyEnd > recordEnd) return `record ${i} has a key that runs past its end`;
      if (Number.isNaN(timestampDelta)) return `record ${i} has a timestamp that can't be`;
      if (delta >= skipBelow) {
        offset[kept] = base + delta;
        timestamp[kept] = appended ? batchTimestamp : batchTimestamp + timestampDelta;
        starts[kept] = start;
        ends[kept] = recordEnd;
        hash[kept] = isNull ? NO_KEY : keyHash(bytes, cursor.at, keyEnd);
        kept += 1;
      }
      previous = delta;
      cursor.at = recordEnd;
    }
    if (cursor.at !== end) return 'it has bytes after its last record';
    this.#count = kept;
    return null;
  }
}

/** The int64 at `at`, exact within 2^53. */
function int64(view: DataView, at: number): number {
  return view.getInt32(at) * TWO_TO_32 + view.getUint32(at + 4);
}

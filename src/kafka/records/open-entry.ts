/**
 * One entry of a record set, made into an uncompressed magic 2 batch. Knows nothing of the set
 * around it nor of the memory that is left: it is given a bound.
 */

import { CodecError } from './codec/codec-error.ts';
import { codecName, expand, expandSmall } from './codecs.ts';
import { crc32c } from './crc32c.ts';
import {
  ATTRIBUTES_AT,
  BATCH_LENGTH_MIN,
  CODEC_BITS,
  COUNT_AT,
  CRC_AT,
  HEADER_BYTES,
  LENGTH_AT,
  RECORD_MIN_BYTES,
} from './layout.ts';
import { upgrade } from './old-format.ts';
import { INDEX_BYTES } from './plain-scan.ts';
import { viewOf } from './views.ts';

/**
 * What is to be done: nothing; leave out the records; expand them; rewrite the old format; or
 * refuse a marker that makes no sense.
 */
export type Work = 'copy' | 'empty' | 'expand' | 'upgrade' | 'refuse';

/** An opened entry: the memory it consists of, in order. */
export interface Part {
  readonly pieces: readonly Uint8Array[];
  readonly records: number;
  /** Memory that it takes beyond the set itself, the index of its records included. */
  readonly extraBytes: number;
}

type Opened = Part | CodecError;

/**
 * `bytes` is one complete, plausible entry. A promise only where the work is done off the loop.
 * Doesn't reject.
 */
export function openEntry(
  bytes: Uint8Array,
  work: Work,
  checkCrc: boolean,
  maxBytes: number,
): Opened | Promise<Opened> {
  if (work === 'upgrade') {
    return upgrade(bytes, checkCrc, maxBytes).then((batch) => {
      const part = wholeBatch(batch);
      return { ...part, extraBytes: batch.byteLength + part.records * INDEX_BYTES };
    }, onlyCodecError);
  }
  const view = viewOf(bytes);
  if (checkCrc && crc32c(bytes.subarray(ATTRIBUTES_AT)) !== view.getUint32(CRC_AT)) {
    return new CodecError('MR310', 'its checksum is wrong');
  }
  if (work === 'refuse') return new CodecError('MR310', 'its transaction marker makes no sense');
  if (work === 'copy') return wholeBatch(bytes);
  if (work === 'empty') return withRecords(bytes, 0, new Uint8Array(0));

  const codec = codecName(view.getInt16(ATTRIBUTES_AT) & CODEC_BITS);
  if (codec === undefined) return new CodecError('MR312', 'its codec is unknown');
  const packed = bytes.subarray(HEADER_BYTES);
  const small = expandSmall(codec, packed);
  if (small !== null && small.byteLength <= maxBytes) return expandedBatch(bytes, small);
  return expand(codec, packed, maxBytes).then(
    (records) => expandedBatch(bytes, records),
    onlyCodecError,
  );
}

function onlyCodecError(error: unknown): CodecError {
  if (error instanceof CodecError) return error;
  throw error;
}

function expandedBatch(batch: Uint8Array, records: Uint8Array): Opened {
  const view = viewOf(batch);
  const count = view.getInt32(COUNT_AT);
  if (count * RECORD_MIN_BYTES <= records.byteLength) return withRecords(batch, count, records);
  return new CodecError('MR310', `it states ${count} records but has bytes for fewer`);
}

function wholeBatch(batch: Uint8Array): Part {
  const view = viewOf(batch);
  return { pieces: [batch], records: view.getInt32(COUNT_AT), extraBytes: 0 };
}

/**
 * The batch with other, uncompressed records. Checksum and codec stay as they were: the one has
 * been compared, and a scan of what is unpacked looks at neither.
 */
function withRecords(batch: Uint8Array, count: number, records: Uint8Array): Part {
  const header = new Uint8Array(batch.subarray(0, HEADER_BYTES));
  const view = viewOf(header);
  view.setInt32(LENGTH_AT, BATCH_LENGTH_MIN + records.byteLength);
  view.setInt32(COUNT_AT, count);
  const extraBytes = records.byteLength + count * INDEX_BYTES;
  return { pieces: [header, records], records: count, extraBytes };
}

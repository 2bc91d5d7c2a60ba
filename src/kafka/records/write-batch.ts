/**
 * Lays records and a header out as one uncompressed magic 2 batch; `seal` fills in what depends on
 * the finished bytes. Both ways into this format go through here: records that are produced, and
 * old formats that are read.
 */
import assert from 'node:assert/strict';
import { crc32c } from './crc32c.ts';
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BASE_SEQUENCE_AT,
  BASE_TIMESTAMP_AT,
  COUNT_AT,
  CRC_AT,
  HEADER_BYTES,
  LAST_DELTA_AT,
  LEADER_EPOCH_AT,
  LENGTH_AT,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  PREFIX_BYTES,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
} from './layout.ts';
import type { OutRecord } from './out-record.ts';
import { sizedBytes, varintBytes, varlongBytes, Writer } from './writer.ts';

interface BatchFields {
  readonly baseOffset: bigint;
  /** Offset of each record minus the base, ascending; null: 0, 1, 2 and so on. */
  readonly offsetDeltas: readonly number[] | null;
  /** Timestamp of records that leave it open. */
  readonly nowMs: number;
  readonly attributes: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

/** At least one record. Checksum and length are not set yet: see `seal`. */
export function writeBatch(
  records: readonly OutRecord[],
  fields: BatchFields,
): Buffer<ArrayBuffer> {
  const { nowMs, offsetDeltas } = fields;
  const base = timestampOf(records[0], nowMs);
  const bodyBytes = new Int32Array(records.length);
  let size = HEADER_BYTES;
  let max = base;
  let i = 0;
  for (const record of records) {
    const timestamp = timestampOf(record, nowMs);
    if (timestamp > max) max = timestamp;
    const body = recordBytes(record, offsetDeltas?.[i] ?? i, difference(timestamp, base));
    bodyBytes[i++] = body;
    size += varintBytes(body) + body;
  }

  const out = new Writer(size);
  writeHeader(out.bytes, fields, records.length, base, max);
  out.at = HEADER_BYTES;
  i = 0;
  for (const record of records) {
    const delta = offsetDeltas?.[i] ?? i;
    out.varint(bodyBytes[i++] as number);
    writeRecord(out, record, delta, difference(timestampOf(record, nowMs), base));
  }
  assert(out.at === size, 'a batch has the size that was counted');
  return out.bytes;
}

/**
 * Sets length and CRC-32C, the last fields of a batch, once its attributes and records are final.
 */
export function seal(batch: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  batch.writeInt32BE(batch.byteLength - PREFIX_BYTES, LENGTH_AT);
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_AT)), CRC_AT);
  return batch;
}

function writeHeader(
  batch: Buffer,
  fields: BatchFields,
  count: number,
  baseTimestamp: number,
  maxTimestamp: number,
): void {
  batch.writeBigInt64BE(fields.baseOffset, BASE_OFFSET_AT);
  batch.writeInt32BE(0, LENGTH_AT);
  batch.writeInt32BE(-1, LEADER_EPOCH_AT);
  batch.writeUInt8(2, MAGIC_AT);
  batch.writeUInt32BE(0, CRC_AT);
  batch.writeInt16BE(fields.attributes, ATTRIBUTES_AT);
  batch.writeInt32BE(fields.offsetDeltas?.at(-1) ?? count - 1, LAST_DELTA_AT);
  batch.writeBigInt64BE(int64(baseTimestamp), BASE_TIMESTAMP_AT);
  batch.writeBigInt64BE(int64(maxTimestamp), MAX_TIMESTAMP_AT);
  batch.writeBigInt64BE(fields.producerId, PRODUCER_ID_AT);
  batch.writeInt16BE(fields.producerEpoch, PRODUCER_EPOCH_AT);
  batch.writeInt32BE(fields.baseSequence, BASE_SEQUENCE_AT);
  batch.writeInt32BE(count, COUNT_AT);
}

function recordBytes(record: OutRecord, delta: number, timestampDelta: number | bigint): number {
  let bytes = 1 + varlongBytes(timestampDelta) + varintBytes(delta);
  bytes += sizedBytes(record.key) + sizedBytes(record.value) + varintBytes(record.headers.length);
  for (const [name, value] of record.headers) bytes += sizedBytes(name) + sizedBytes(value);
  return bytes;
}

function writeRecord(
  out: Writer,
  record: OutRecord,
  delta: number,
  timestampDelta: number | bigint,
): void {
  out.byte(0);
  out.varlong(timestampDelta);
  out.varint(delta);
  out.sized(record.key);
  out.sized(record.value);
  out.varint(record.headers.length);
  for (const [name, value] of record.headers) {
    out.sized(name);
    out.sized(value);
  }
}

function timestampOf(record: OutRecord | undefined, nowMs: number): number {
  assert(record !== undefined, 'a batch has at least one record');
  const timestamp = record.timestampMs ?? nowMs;
  assert(Number.isInteger(timestamp), 'a timestamp is a whole number of milliseconds');
  return timestamp;
}

/** Exact: two timestamps may be too far apart for a number. */
function difference(timestamp: number, base: number): number | bigint {
  const delta = timestamp - base;
  return Number.isSafeInteger(delta) ? delta : int64(timestamp) - int64(base);
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/**
 * Timestamps in nanoseconds, which some producers write, are past 2^53 but still have their place
 * in the field.
 */
function int64(value: number): bigint {
  const whole = BigInt(value);
  return whole > INT64_MAX ? INT64_MAX : whole < INT64_MIN ? INT64_MIN : whole;
}

import { gzipSync } from 'node:zlib';
import { crc32c } from '../../src/broker/log/crc32c.ts';

/** A record of a batch. */
export interface TestRecord {
  readonly key?: string | null;
  readonly value?: string | null;
  /** ms behind the base timestamp of the batch. */
  readonly atMs?: number;
}

/** The header of a batch where it is not the usual. */
export interface BatchFacts {
  readonly baseOffset?: bigint;
  readonly leaderEpoch?: number;
  readonly magic?: number;
  readonly attributes?: number;
  readonly lastOffsetDelta?: number;
  readonly baseTimestamp?: bigint;
  readonly maxTimestamp?: bigint;
  readonly producerId?: bigint;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly recordCount?: number;
  /** The checksum, if not the right one. */
  readonly crc?: number;
}

/** Bytes of a batch with these records, or with that many small ones. */
export function batchOf(given: readonly TestRecord[] | number, facts: BatchFacts = {}): Buffer {
  const records =
    typeof given === 'number'
      ? Array.from({ length: given }, (_, i): TestRecord => ({ value: `value ${i}` }))
      : given;
  const body = Buffer.concat(records.map((record, i) => recordBytes(record, i)));
  const baseTimestamp = facts.baseTimestamp ?? 1_700_000_000_000n;
  const lastAtMs = Math.max(0, ...records.map(({ atMs = 0 }) => atMs));
  const attributes = facts.attributes ?? 0;
  const header = Buffer.alloc(61);
  const packed = (attributes & 7) === 1 ? gzipSync(body) : body;
  header.writeBigInt64BE(facts.baseOffset ?? 0n, 0);
  header.writeInt32BE(49 + packed.length, 8);
  header.writeInt32BE(facts.leaderEpoch ?? -1, 12);
  header.writeInt8(facts.magic ?? 2, 16);
  header.writeInt16BE(attributes, 21);
  header.writeInt32BE(facts.lastOffsetDelta ?? records.length - 1, 23);
  header.writeBigInt64BE(baseTimestamp, 27);
  header.writeBigInt64BE(facts.maxTimestamp ?? baseTimestamp + BigInt(lastAtMs), 35);
  header.writeBigInt64BE(facts.producerId ?? -1n, 43);
  header.writeInt16BE(facts.producerEpoch ?? -1, 51);
  header.writeInt32BE(facts.baseSequence ?? -1, 53);
  header.writeInt32BE(facts.recordCount ?? records.length, 57);
  const batch = Buffer.concat([header, packed]);
  batch.writeUInt32BE(facts.crc ?? crc32c(batch.subarray(21)), 17);
  return batch;
}

/** The marker that ends a producer's transaction. */
export function markerOf(
  outcome: 'abort' | 'commit',
  producerId: bigint,
  facts: BatchFacts = {},
): Buffer {
  const key = Buffer.from([0, 0, 0, outcome === 'commit' ? 1 : 0]).toString('latin1');
  const value = Buffer.alloc(6).toString('latin1');
  return batchOf([{ key, value }], { attributes: 0x30, producerId, producerEpoch: 0, ...facts });
}

function recordBytes({ key = null, value = null, atMs = 0 }: TestRecord, index: number): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(atMs),
    varint(index),
    field(key),
    field(value),
    varint(0),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function field(text: string | null): Buffer {
  if (text === null) return varint(-1);
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([varint(bytes.length), bytes]);
}

/** A zigzag varint. */
function varint(value: number): Buffer {
  let left = BigInt(value) * 2n;
  if (value < 0) left = -left - 1n;
  const bytes: number[] = [];
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return Buffer.from([...bytes, Number(left)]);
}

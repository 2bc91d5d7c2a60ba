/**
 * Kafka's record formats written and read the plain way, field by field and with bigints, from the
 * protocol's description alone. Shares nothing with the code under test; slow, and only as strict
 * as the tests need.
 */
import { createRequire } from 'node:module';
import type { Block } from '../../../src/contract/block.ts';

const require = createRequire(import.meta.url);
const crc32cOf = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

export type Header = readonly [name: string, value: Buffer | null];

export interface NaiveRecord {
  readonly offset: bigint;
  readonly timestamp: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
}

export interface NaiveBatch {
  readonly records: readonly NaiveRecord[];
  /** Default: the first record's offset, or 0. */
  readonly base?: bigint;
  /** Default: the last record's offset. */
  readonly last?: bigint;
  readonly attributes?: number;
  readonly maxTimestamp?: bigint;
  readonly producerId?: bigint;
  /** What the records become; the codec's number must stand in the attributes too. */
  readonly pack?: (records: Buffer) => Buffer;
  /** Default: the number of records. */
  readonly count?: number;
}

export function record(
  offset: number | bigint,
  key: string | null = 'k',
  value: string | null = 'v',
): NaiveRecord {
  const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));
  const timestamp = 1_700_000_000_000n + BigInt(offset);
  return { offset: BigInt(offset), timestamp, key: bytes(key), value: bytes(value), headers: [] };
}

export function batch(of: NaiveBatch): Buffer {
  const { records } = of;
  const base = of.base ?? records[0]?.offset ?? 0n;
  const last = of.last ?? records.at(-1)?.offset ?? base;
  const baseTimestamp = records[0]?.timestamp ?? -1n;
  let latest = -1n;
  for (const { timestamp } of records) if (timestamp > latest) latest = timestamp;
  const plain = Buffer.concat(
    records.map((each) => {
      const body = Buffer.concat([
        Buffer.from([0]),
        varint(each.timestamp - baseTimestamp),
        varint(each.offset - base),
        sized(each.key),
        sized(each.value),
        varint(BigInt(each.headers.length)),
        ...each.headers.flatMap(([name, value]) => [sized(Buffer.from(name)), sized(value)]),
      ]);
      return Buffer.concat([varint(BigInt(body.length)), body]);
    }),
  );
  const checked = Buffer.concat([
    int16(of.attributes ?? 0),
    int32(Number(last - base)),
    int64(baseTimestamp),
    int64(of.maxTimestamp ?? latest),
    int64(of.producerId ?? -1n),
    int16(-1),
    int32(-1),
    int32(of.count ?? records.length),
    of.pack ? of.pack(plain) : plain,
  ]);
  const rest = Buffer.concat([int32(0), Buffer.from([2]), uint32(crc32cOf(checked)), checked]);
  return Buffer.concat([int64(base), int32(rest.length), rest]);
}

/** A transaction marker. */
export function marker(type: 'commit' | 'abort', producerId: bigint, offset: bigint): Buffer {
  const key = Buffer.concat([int16(0), int16(type === 'abort' ? 0 : 1)]);
  const value = Buffer.concat([int16(0), int32(0)]);
  const control = { offset, timestamp: 1n, key, value, headers: [] };
  return batch({ records: [control], attributes: 0x30, producerId });
}

/** What a block says its records are, read from its bytes. */
export function recordsOf(block: Block): NaiveRecord[] {
  const { bytes } = block;
  return Array.from({ length: block.count }, (_, i) => {
    const body = Buffer.from(bytes.subarray(block.start[i], block.end[i]));
    let at = 0;
    const number = (): number => {
      const { value, next } = readVarint(body, at);
      at = next;
      return Number(value);
    };
    const field = (): Buffer | null => {
      const length = number();
      if (length < 0) return null;
      at += length;
      return body.subarray(at - length, at);
    };
    const key = field();
    const value = field();
    const headers = Array.from({ length: number() }, (): Header => {
      const name = String(field());
      return [name, field()];
    });
    if (at !== body.length) throw new Error('a record has bytes after its headers');
    const offset = block.base + BigInt(block.offset[i] as number);
    return { offset, timestamp: BigInt(block.timestamp[i] as number), key, value, headers };
  });
}

export function varint(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

function readVarint(bytes: Buffer, from: number): { value: bigint; next: number } {
  let raw = 0n;
  let next = from;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes.readUInt8(next++);
    raw |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value: (raw >> 1n) ^ -(raw & 1n), next };
  }
}

function sized(value: Buffer | null): Buffer {
  return value === null ? varint(-1n) : Buffer.concat([varint(BigInt(value.length)), value]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function uint32(value: number): Buffer {
  return int32(value | 0);
}

export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

import { gzipSync } from 'node:zlib';
import { BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES, Batch } from '../broker/log/batch.ts';

/** A record of a raw batch; text is UTF-8. */
export interface RawRecord {
  /** Default null. */
  readonly key?: string | Uint8Array | null;
  /** Default null. */
  readonly value?: string | Uint8Array | null;
  readonly headers?: readonly (readonly [string, string | Uint8Array | null])[];
  /** Offset behind the base offset of the batch; default: one more than that of the record before it. */
  readonly offsetDelta?: number;
  /** ms behind the time of the batch; default 0. */
  readonly afterMs?: number;
  /** How many headers the record says that it has; default: as many as it has. */
  readonly headerCount?: number;
}

/** What the header of a raw batch says. */
export interface RawBatchOptions {
  /** Default 0, which only an empty log takes; `broker.offsets(topic, partition).end` is the next one. */
  readonly baseOffset?: bigint;
  /** Default 0. */
  readonly leaderEpoch?: number;
  /** Time of the batch, ms since 1970; default now. */
  readonly timestampMs?: number;
  /** Default none: -1, with epoch and sequence -1 too. */
  readonly producerId?: bigint;
  /** Default 0 with a producer id. */
  readonly producerEpoch?: number;
  /** Default 0 with a producer id. */
  readonly baseSequence?: number;
  /** Default false. */
  readonly isTransactional?: boolean;
  /** Default none. */
  readonly compression?: 'none' | 'gzip';
  /** Last offset behind the base offset; default: that of the last record. */
  readonly lastOffsetDelta?: number;
  /** How many records the batch says that it has; default: as many as it has. */
  readonly recordCount?: number;
}

/**
 * Bytes of a record batch, for `EmbeddedBroker.produceRaw`: sound unless an option says otherwise, and with a checksum that fits. Source: Kafka
 * documentation, "Message Format" (record batch, magic 2).
 */
export function rawBatch(records: readonly RawRecord[], options: RawBatchOptions = {}): Buffer {
  const deltas: number[] = [];
  for (const { offsetDelta } of records) deltas.push(offsetDelta ?? (deltas.at(-1) ?? -1) + 1);
  const plain = Buffer.concat(records.map((record, i) => recordBytes(record, deltas[i] as number)));
  const packed = options.compression === 'gzip' ? gzipSync(plain) : plain;
  const lastMs = Math.max(0, ...records.map(({ afterMs = 0 }) => afterMs));
  return batchAround(packed, {
    lastOffsetDelta: Math.max(0, deltas.at(-1) ?? 0),
    recordCount: records.length,
    lastMs,
    ...options,
  });
}

/** The batch whose records are these bytes, compressed already if `compression` says so. */
export function batchAround(
  records: Buffer,
  options: RawBatchOptions & {
    readonly lastOffsetDelta: number;
    readonly recordCount: number;
    /** ms of the last record behind the time of the batch; default 0. */
    readonly lastMs?: number;
  },
): Buffer {
  const { producerId = -1n, timestampMs = Date.now(), lastMs = 0 } = options;
  const usual = producerId < 0n ? -1 : 0;
  const attributes =
    (options.compression === 'gzip' ? GZIP : 0) | (options.isTransactional ? TRANSACTIONAL : 0);
  const header = Buffer.alloc(BATCH_HEADER_BYTES);
  header.writeInt8(MAGIC, 16);
  header.writeInt16BE(attributes, 21);
  header.writeInt32BE(options.lastOffsetDelta, 23);
  header.writeBigInt64BE(BigInt(timestampMs), 27);
  header.writeBigInt64BE(BigInt(timestampMs + lastMs), 35);
  header.writeBigInt64BE(producerId, 43);
  header.writeInt16BE(options.producerEpoch ?? usual, 51);
  header.writeInt32BE(options.baseSequence ?? usual, 53);
  const batch = new Batch(Buffer.concat([header, records]));
  batch.place(options.baseOffset ?? 0n, options.leaderEpoch ?? 0);
  batch.resize(batch.bytes.length - BATCH_PREFIX_BYTES, options.recordCount);
  return batch.bytes;
}

const MAGIC = 2;
const GZIP = 1;
const TRANSACTIONAL = 0x10;

function recordBytes(record: RawRecord, offsetDelta: number): Buffer {
  const { key = null, value = null, headers = [], afterMs = 0 } = record;
  const body = Buffer.concat([
    recordHead(afterMs, offsetDelta, key),
    field(value),
    varint(record.headerCount ?? headers.length),
    ...headers.flatMap(([name, each]) => [field(name), field(each)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

/** Attributes, deltas and key: what is in front of the value, but for the length. */
export function recordHead(
  afterMs: number,
  offsetDelta: number,
  key: string | Uint8Array | null,
): Buffer {
  return Buffer.concat([Buffer.from([0]), varint(afterMs), varint(offsetDelta), field(key)]);
}

/** With its length in front, -1 for null. */
function field(content: string | Uint8Array | null): Buffer {
  if (content === null) return varint(-1);
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(bytes.length), bytes]);
}

/** A zigzag varint: the sign is the lowest bit, seven bits a byte, the lowest ones first. */
export function varint(value: number): Buffer {
  let left = value < 0 ? -BigInt(value) * 2n - 1n : BigInt(value) * 2n;
  const bytes: number[] = [];
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return Buffer.from([...bytes, Number(left)]);
}

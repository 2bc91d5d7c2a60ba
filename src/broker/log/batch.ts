import { crc32c } from './crc32c.ts';

/** Bytes of a batch in front of its records. */
export const BATCH_HEADER_BYTES = 61;
/** Base offset and length: what the length does not count. */
export const BATCH_PREFIX_BYTES = 12;

/** Bits of the attributes. */
const CODEC_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

const AT = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;

/**
 * A record batch of format 2 as a view of its bytes: header fields by name, records as they are. Nothing is checked here,
 * see door.ts. Source: Kafka documentation, "Message Format".
 */
export class Batch {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get baseOffset(): bigint {
    return this.bytes.readBigInt64BE(AT.baseOffset);
  }

  get lastOffset(): bigint {
    return this.baseOffset + BigInt(this.lastOffsetDelta);
  }

  get leaderEpoch(): number {
    return this.bytes.readInt32BE(AT.leaderEpoch);
  }

  /** Of all that follows it. */
  get crc(): number {
    return this.bytes.readUInt32BE(AT.crc);
  }

  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  get codec(): number {
    return this.#attributes & CODEC_MASK;
  }

  /** All records have the time of the log, which is `maxTimestamp`, and not their own. */
  get hasLogAppendTime(): boolean {
    return (this.#attributes & LOG_APPEND_TIME) !== 0;
  }

  get isTransactional(): boolean {
    return (this.#attributes & TRANSACTIONAL) !== 0;
  }

  get isControl(): boolean {
    return (this.#attributes & CONTROL) !== 0;
  }

  get lastOffsetDelta(): number {
    return this.bytes.readInt32BE(AT.lastOffsetDelta);
  }

  /** ms since 1970. */
  get baseTimestamp(): bigint {
    return this.bytes.readBigInt64BE(AT.baseTimestamp);
  }

  /** ms since 1970. */
  get maxTimestamp(): bigint {
    return this.bytes.readBigInt64BE(AT.maxTimestamp);
  }

  /** -1 without one. */
  get producerId(): bigint {
    return this.bytes.readBigInt64BE(AT.producerId);
  }

  get producerEpoch(): number {
    return this.bytes.readInt16BE(AT.producerEpoch);
  }

  get baseSequence(): number {
    return this.bytes.readInt32BE(AT.baseSequence);
  }

  get recordCount(): number {
    return this.bytes.readInt32BE(AT.recordCount);
  }

  /** The records, compressed if `codec` says so. */
  get records(): Buffer {
    return this.bytes.subarray(BATCH_HEADER_BYTES);
  }

  /** Gives it its place in a log. The checksum does not cover these two. */
  place(baseOffset: bigint, leaderEpoch: number): void {
    this.bytes.writeBigInt64BE(baseOffset, AT.baseOffset);
    this.bytes.writeInt32BE(leaderEpoch, AT.leaderEpoch);
  }

  /** Gives all its records the time of the log (ms since 1970), or with null leaves them their own. */
  stamp(logAppendTimeMs: bigint | null): void {
    if (logAppendTimeMs === null && !this.hasLogAppendTime) return;
    const others = this.#attributes & ~LOG_APPEND_TIME;
    const mark = logAppendTimeMs === null ? 0 : LOG_APPEND_TIME;
    this.bytes.writeInt16BE(others | mark, AT.attributes);
    if (logAppendTimeMs !== null) this.bytes.writeBigInt64BE(logAppendTimeMs, AT.maxTimestamp);
    this.bytes.writeUInt32BE(this.computeCrc(), AT.crc);
  }

  /** Says how long it is, without base offset and length, and how many records it has, after these have changed. */
  resize(length: number, recordCount: number): void {
    this.bytes.writeInt32BE(length, AT.length);
    this.bytes.writeInt32BE(recordCount, AT.recordCount);
    this.bytes.writeUInt32BE(this.computeCrc(), AT.crc);
  }

  computeCrc(): number {
    return crc32c(this.bytes.subarray(AT.attributes));
  }

  get #attributes(): number {
    return this.bytes.readInt16BE(AT.attributes);
  }
}

/** Size of the batch at `at` with all its header, as it says itself; null when not even that is there. */
export function batchSizeAt(bytes: Buffer, at: number): number | null {
  if (bytes.length - at < AT.magic + 1) return null;
  return bytes.readInt32BE(at + AT.length) + BATCH_PREFIX_BYTES;
}

/** Format of the batch at `at`, of which at least 17 bytes are there. */
export const magicAt = (bytes: Buffer, at: number): number => bytes.readInt8(at + AT.magic);

import { Batch } from '../broker/log/batch.ts';

/** Where the length and the checksum of a record batch stand. Source: Kafka documentation, "Message Format" (magic 2). */
const LENGTH_AT = 8;
const CRC_AT = 17;

/** A copy of the batch with a checksum (CRC-32C, of all that follows it) that does not fit. */
export function withBadCrc(batch: Buffer): Buffer {
  const copy = Buffer.from(batch);
  copy.writeUInt32BE((new Batch(copy).computeCrc() ^ 1) >>> 0, CRC_AT);
  return copy;
}

/** A copy of the batch whose length, which the checksum does not cover, is `length`; default -1. */
export function withLength(batch: Buffer, length = -1): Buffer {
  const copy = Buffer.from(batch);
  copy.writeInt32BE(length, LENGTH_AT);
  return copy;
}

import { BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES, Batch } from './batch.ts';

/** How a transaction ended. */
export type Outcome = 'abort' | 'commit';

/**
 * The control batch that ends a producer's transaction in a partition: one record, whose key is version and type and whose value
 * is version and epoch of the coordinator. Source: Kafka 4.1, EndTransactionMarker, ControlRecordType.
 */
export function markerBatch(
  outcome: Outcome,
  producerId: bigint,
  producerEpoch: number,
  nowMs: number,
): Batch {
  const key = Buffer.from([0, 0, 0, outcome === 'commit' ? 1 : 0]);
  const value = Buffer.alloc(6);
  // Attributes, time and offset delta are 0; lengths are zigzag varints of one byte; no headers.
  const body = Buffer.concat([
    Buffer.from([0, 0, 0, key.length * 2]),
    key,
    Buffer.from([value.length * 2]),
    value,
    Buffer.from([0]),
  ]);
  const bytes = Buffer.alloc(BATCH_HEADER_BYTES + 1 + body.length);
  bytes.writeInt32BE(bytes.length - BATCH_PREFIX_BYTES, 8);
  bytes.writeInt32BE(-1, 12);
  bytes.writeInt8(2, 16);
  bytes.writeInt16BE(TRANSACTIONAL_CONTROL, 21);
  bytes.writeBigInt64BE(BigInt(nowMs), 27);
  bytes.writeBigInt64BE(BigInt(nowMs), 35);
  bytes.writeBigInt64BE(producerId, 43);
  bytes.writeInt16BE(producerEpoch, 51);
  bytes.writeInt32BE(-1, 53);
  bytes.writeInt32BE(1, 57);
  bytes.writeInt8(body.length * 2, BATCH_HEADER_BYTES);
  body.copy(bytes, BATCH_HEADER_BYTES + 1);
  bytes.writeUInt32BE(new Batch(bytes).computeCrc(), 17);
  return new Batch(bytes);
}

const TRANSACTIONAL_CONTROL = 0x30;

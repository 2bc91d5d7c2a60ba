import { markerBatch, type Outcome } from '../broker/log/marker.ts';
import { type RawBatchOptions, type RawRecord, rawBatch } from './raw-batch.ts';

/** Whose transaction it is, and where. */
export interface TransactionOptions extends Pick<RawBatchOptions, 'baseOffset' | 'timestampMs'> {
  readonly producerId: bigint;
  /** Default 0. */
  readonly producerEpoch?: number;
}

/**
 * The control batch that ends a producer's transaction: one record, which takes an offset and is no consumer's. Source: Kafka, record
 * batch with attributes 0x30; EndTransactionMarker and ControlRecordType for its record.
 */
export function transactionMarker(outcome: Outcome, options: TransactionOptions): Buffer {
  const { producerId, producerEpoch = 0, baseOffset = 0n, timestampMs = Date.now() } = options;
  const batch = markerBatch(outcome, producerId, producerEpoch, timestampMs);
  batch.place(baseOffset, 0);
  return batch.bytes;
}

/**
 * Records of a transaction, and behind them the marker that aborts it: readers of committed records must see none, and go on behind
 * them. Source: Kafka, record batch with attributes 0x10.
 */
export function abortedTransaction(
  records: readonly RawRecord[],
  options: TransactionOptions,
): [records: Buffer, marker: Buffer] {
  const { baseOffset = 0n } = options;
  const marker = { ...options, baseOffset: baseOffset + BigInt(records.length) };
  return [
    rawBatch(records, { ...options, isTransactional: true }),
    transactionMarker('abort', marker),
  ];
}

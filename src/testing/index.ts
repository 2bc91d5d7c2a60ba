/**
 * What tests of pipelines import from `millrace/testing`: a broker in the test's own process, whose faults the test chooses, and pipelines
 * that run against it.
 */
export type { AdvancingClock } from '../broker/advancing-clock.ts';
export { EmbeddedBroker, type EmbeddedBrokerOptions, type TopicOptions } from '../broker/broker.ts';
export type { Action, InterceptedRequest, Interceptor } from '../broker/interception.ts';
export type { RequestEntry } from '../broker/request-log.ts';
export {
  type CompressionBombOptions,
  compressionBomb,
  type HeaderBombOptions,
  headerBomb,
} from './bombs.ts';
export { withBadCrc, withLength } from './damaged-batches.ts';
export { type Fault, type FaultScope, Faults, type Hold } from './faults.ts';
export { type RawBatchOptions, type RawRecord, rawBatch } from './raw-batch.ts';
export {
  compactedBatch,
  emptyBatch,
  gappedBatch,
  type SparseOptions,
} from './sparse-batches.ts';
export { type TestPipelineOptions, TestPipelines } from './test-pipelines.ts';
export {
  abortedTransaction,
  type TransactionOptions,
  transactionMarker,
} from './transaction-batches.ts';

import { PASSING } from './passing-errors.ts';

/** What an error code of a produced batch asks for. */
export type ProduceAction =
  /** Passes by itself: send the batch again. */
  | 'retry'
  /** The broker doesn't lead the partition any more: refresh the metadata, then send again. */
  | 'refresh'
  /** The batch is refused for good. */
  | 'refuse';

/** What new metadata may mend; what isn't here and doesn't pass by itself is final. Source: Kafka protocol, Errors; Produce. */
const TABLE: ReadonlyMap<number, ProduceAction> = new Map([
  [3, 'refresh'], // UNKNOWN_TOPIC_OR_PARTITION
  [5, 'refresh'], // LEADER_NOT_AVAILABLE
  [6, 'refresh'], // NOT_LEADER_OR_FOLLOWER
  [8, 'refresh'], // BROKER_NOT_AVAILABLE
  [9, 'refresh'], // REPLICA_NOT_AVAILABLE
  [56, 'refresh'], // KAFKA_STORAGE_ERROR
  [74, 'refresh'], // FENCED_LEADER_EPOCH
  [75, 'refresh'], // UNKNOWN_LEADER_EPOCH
]);

export const produceAction = (code: number): ProduceAction =>
  TABLE.get(code) ?? (PASSING.has(code) ? 'retry' : 'refuse');

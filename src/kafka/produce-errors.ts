/** What an error code of a produced batch asks for. */
export type ProduceAction =
  /** Passes by itself: send the batch again. */
  | 'retry'
  /** The broker doesn't lead the partition any more: refresh the metadata, then send again. */
  | 'refresh'
  /** The batch is refused for good. */
  | 'refuse';

/** Errors that aren't final. Source: Kafka protocol, Errors; Produce. */
const TABLE: ReadonlyMap<number, ProduceAction> = new Map([
  [-1, 'retry'], // UNKNOWN_SERVER_ERROR
  [2, 'retry'], // CORRUPT_MESSAGE: damaged on its way
  [3, 'refresh'], // UNKNOWN_TOPIC_OR_PARTITION
  [5, 'refresh'], // LEADER_NOT_AVAILABLE
  [6, 'refresh'], // NOT_LEADER_OR_FOLLOWER
  [7, 'retry'], // REQUEST_TIMED_OUT
  [8, 'refresh'], // BROKER_NOT_AVAILABLE
  [9, 'refresh'], // REPLICA_NOT_AVAILABLE
  [13, 'retry'], // NETWORK_EXCEPTION
  [19, 'retry'], // NOT_ENOUGH_REPLICAS
  [20, 'retry'], // NOT_ENOUGH_REPLICAS_AFTER_APPEND
  [56, 'refresh'], // KAFKA_STORAGE_ERROR
  [74, 'refresh'], // FENCED_LEADER_EPOCH
  [75, 'refresh'], // UNKNOWN_LEADER_EPOCH
  [89, 'retry'], // THROTTLING_QUOTA_EXCEEDED
]);

export const produceAction = (code: number): ProduceAction => TABLE.get(code) ?? 'refuse';

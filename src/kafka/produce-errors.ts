/** What an error code of a produced batch asks for. */
export type ProduceAction =
  /** Passes by itself: send the batch again. */
  | 'retry'
  /** The broker doesn't lead the partition any more: refresh the metadata, then send again. */
  | 'refresh'
  /** The batch is refused for good. */
  | 'refuse';

/**
 * Errors that aren't final: those that a produce request may be answered with, and all that the protocol calls retriable.
 * Source: Kafka protocol, Errors; Produce.
 */
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
  // No answer to a produce request, but retriable: no reason to give records up.
  [14, 'retry'], // COORDINATOR_LOAD_IN_PROGRESS
  [15, 'retry'], // COORDINATOR_NOT_AVAILABLE
  [16, 'retry'], // NOT_COORDINATOR
  [41, 'retry'], // NOT_CONTROLLER
  [51, 'retry'], // CONCURRENT_TRANSACTIONS
  [70, 'retry'], // FETCH_SESSION_ID_NOT_FOUND
  [71, 'retry'], // INVALID_FETCH_SESSION_EPOCH
  [72, 'retry'], // LISTENER_NOT_FOUND
  [78, 'retry'], // OFFSET_NOT_AVAILABLE
  [80, 'retry'], // PREFERRED_LEADER_NOT_AVAILABLE
  [83, 'retry'], // ELIGIBLE_LEADERS_NOT_AVAILABLE
  [84, 'retry'], // ELECTION_NOT_NEEDED
  [88, 'retry'], // UNSTABLE_OFFSET_COMMIT
]);

export const produceAction = (code: number): ProduceAction => TABLE.get(code) ?? 'refuse';

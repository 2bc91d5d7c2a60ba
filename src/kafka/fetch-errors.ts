/** What an error code of a partition in a fetch response asks for. */
export type FetchAction =
  /** The offset is not in the log: ask the leader, then the policy `onOffsetLost`. */
  | 'outOfRange'
  /** The broker doesn't lead the partition, or knows a newer leader: refresh the metadata and go on. */
  | 'refresh'
  /** Passes by itself. */
  | 'retry'
  /** Not allowed to read the topic. */
  | 'denied'
  /** Nothing that waiting could mend. */
  | 'stop';

/**
 * One row per error that a broker may give for a partition, and per error that the protocol calls retriable; all others stop the
 * partition. Source: Kafka protocol, Errors; Fetch.
 */
const TABLE: ReadonlyMap<number, FetchAction> = new Map([
  [-1, 'retry'], // UNKNOWN_SERVER_ERROR
  [1, 'outOfRange'], // OFFSET_OUT_OF_RANGE
  [2, 'retry'], // CORRUPT_MESSAGE: the broker could not read its log
  [3, 'refresh'], // UNKNOWN_TOPIC_OR_PARTITION
  [5, 'refresh'], // LEADER_NOT_AVAILABLE
  [6, 'refresh'], // NOT_LEADER_OR_FOLLOWER
  [7, 'retry'], // REQUEST_TIMED_OUT
  [8, 'refresh'], // BROKER_NOT_AVAILABLE
  [9, 'refresh'], // REPLICA_NOT_AVAILABLE
  [13, 'retry'], // NETWORK_EXCEPTION
  [29, 'denied'], // TOPIC_AUTHORIZATION_FAILED
  [56, 'refresh'], // KAFKA_STORAGE_ERROR
  [70, 'retry'], // FETCH_SESSION_ID_NOT_FOUND
  [71, 'retry'], // INVALID_FETCH_SESSION_EPOCH
  [74, 'refresh'], // FENCED_LEADER_EPOCH
  [75, 'refresh'], // UNKNOWN_LEADER_EPOCH
  [76, 'stop'], // UNSUPPORTED_COMPRESSION_TYPE: the broker can't give these records to a client of this version
  [78, 'retry'], // OFFSET_NOT_AVAILABLE
  [100, 'refresh'], // UNKNOWN_TOPIC_ID
  [103, 'refresh'], // INCONSISTENT_TOPIC_ID
  // No answer to a fetch, but retriable: no reason to give a partition up.
  [14, 'retry'], // COORDINATOR_LOAD_IN_PROGRESS
  [15, 'retry'], // COORDINATOR_NOT_AVAILABLE
  [16, 'retry'], // NOT_COORDINATOR
  [19, 'retry'], // NOT_ENOUGH_REPLICAS
  [20, 'retry'], // NOT_ENOUGH_REPLICAS_AFTER_APPEND
  [41, 'retry'], // NOT_CONTROLLER
  [51, 'retry'], // CONCURRENT_TRANSACTIONS
  [72, 'retry'], // LISTENER_NOT_FOUND
  [80, 'retry'], // PREFERRED_LEADER_NOT_AVAILABLE
  [83, 'retry'], // ELIGIBLE_LEADERS_NOT_AVAILABLE
  [84, 'retry'], // ELECTION_NOT_NEEDED
  [88, 'retry'], // UNSTABLE_OFFSET_COMMIT
]);

export const fetchAction = (code: number): FetchAction => TABLE.get(code) ?? 'stop';

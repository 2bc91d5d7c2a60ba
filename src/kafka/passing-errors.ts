/**
 * Codes of errors that pass by themselves: what was asked may be asked again. All that the protocol calls retriable and that new metadata
 * don't mend, whether a fetch or a produce request is ever answered with them or not: none is a reason to give up. Source: Kafka
 * protocol, Errors.
 */
export const PASSING: ReadonlySet<number> = new Set([
  -1, // UNKNOWN_SERVER_ERROR
  2, // CORRUPT_MESSAGE: damaged on its way, or the broker could not read its log
  7, // REQUEST_TIMED_OUT
  13, // NETWORK_EXCEPTION
  14, // COORDINATOR_LOAD_IN_PROGRESS
  15, // COORDINATOR_NOT_AVAILABLE
  16, // NOT_COORDINATOR
  19, // NOT_ENOUGH_REPLICAS
  20, // NOT_ENOUGH_REPLICAS_AFTER_APPEND
  41, // NOT_CONTROLLER
  51, // CONCURRENT_TRANSACTIONS
  70, // FETCH_SESSION_ID_NOT_FOUND
  71, // INVALID_FETCH_SESSION_EPOCH
  72, // LISTENER_NOT_FOUND
  78, // OFFSET_NOT_AVAILABLE
  80, // PREFERRED_LEADER_NOT_AVAILABLE
  83, // ELIGIBLE_LEADERS_NOT_AVAILABLE
  84, // ELECTION_NOT_NEEDED
  88, // UNSTABLE_OFFSET_COMMIT
  89, // THROTTLING_QUOTA_EXCEEDED
]);

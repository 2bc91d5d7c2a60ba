import { PASSING } from './passing-errors.ts';

/** What an error code of a partition in a fetch response asks for. */
export type FetchAction =
  /** The offset is not in the log: ask the leader, then the policy `onOffsetLost`. */
  | 'outOfRange'
  /** The broker has no such topic, or another one of that name. */
  | 'unknownTopic'
  /** The broker doesn't lead the partition, or knows a newer leader: refresh the metadata and go on. */
  | 'refresh'
  /** Passes by itself. */
  | 'retry'
  /** Not allowed to read the topic. */
  | 'denied'
  /** Nothing that waiting could mend. */
  | 'stop';

/** What isn't tried again as it is; what isn't here and doesn't pass by itself stops the partition. Source: Kafka protocol, Errors; Fetch. */
const TABLE: ReadonlyMap<number, FetchAction> = new Map([
  [1, 'outOfRange'], // OFFSET_OUT_OF_RANGE
  [3, 'unknownTopic'], // UNKNOWN_TOPIC_OR_PARTITION
  [5, 'refresh'], // LEADER_NOT_AVAILABLE
  [6, 'refresh'], // NOT_LEADER_OR_FOLLOWER
  [8, 'refresh'], // BROKER_NOT_AVAILABLE
  [9, 'refresh'], // REPLICA_NOT_AVAILABLE
  [29, 'denied'], // TOPIC_AUTHORIZATION_FAILED
  [56, 'refresh'], // KAFKA_STORAGE_ERROR
  [74, 'refresh'], // FENCED_LEADER_EPOCH
  [75, 'refresh'], // UNKNOWN_LEADER_EPOCH
  [76, 'stop'], // UNSUPPORTED_COMPRESSION_TYPE: the broker can't give these records to a client of this version
  [100, 'unknownTopic'], // UNKNOWN_TOPIC_ID
  [103, 'unknownTopic'], // INCONSISTENT_TOPIC_ID
]);

export const fetchAction = (code: number): FetchAction =>
  TABLE.get(code) ?? (PASSING.has(code) ? 'retry' : 'stop');

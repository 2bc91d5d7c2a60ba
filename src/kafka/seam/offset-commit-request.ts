import { newEncoder, type ProtocolRequest } from './internals.ts';

/** What is committed for a partition. */
export interface OffsetToCommit {
  readonly partition: number;
  /** Decimal digits. */
  readonly offset: string;
  readonly metadata: string | null;
}

export interface OffsetCommitInput {
  readonly groupId: string;
  readonly groupGenerationId: number;
  readonly memberId: string;
  /** Of a static member: without it the broker doesn't refuse one that another process has replaced. */
  readonly groupInstanceId: string | null;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly OffsetToCommit[];
  }[];
}

/** OffsetCommit 7, which brokers have since Kafka 2.3. kafkajs ends at 5; the instance id came with 7, a leader epoch with 6. */
export function offsetCommitRequest(input: OffsetCommitInput): ProtocolRequest {
  const { groupId, groupGenerationId, memberId, groupInstanceId, topics } = input;
  return {
    apiKey: 8,
    apiVersion: 7,
    apiName: 'OffsetCommit',
    encode: () =>
      Promise.resolve(
        newEncoder()
          .writeString(groupId)
          .writeInt32(groupGenerationId)
          .writeString(memberId)
          .writeString(groupInstanceId)
          .writeArray(
            topics.map(({ topic, partitions }) =>
              newEncoder()
                .writeString(topic)
                .writeArray(
                  partitions.map(({ partition, offset, metadata }) =>
                    newEncoder()
                      .writeInt32(partition)
                      .writeInt64(offset)
                      .writeInt32(NO_LEADER_EPOCH)
                      .writeString(metadata),
                  ),
                ),
            ),
          ),
      ),
  };
}

const NO_LEADER_EPOCH = -1;

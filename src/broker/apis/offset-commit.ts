import type { Api } from '../api.ts';
import { ERROR } from '../errors.ts';
import type { Group } from '../groups/group.ts';
import type { Groups } from '../groups/groups.ts';
import { partitionCodes } from '../groups/partition-codes.ts';
import type { Decoded } from '../wire/schema.ts';
import { codeOf } from './partition-here.ts';

const request = {
  groupId: 'string',
  generationIdOrMemberEpoch: 'int32 = -1',
  memberId: 'string = ""',
  groupInstanceId: 'string? 7+ = null',
  retentionTimeMs: 'int64 2-4 = -1',
  topics: [
    {
      name: 'string',
      partitions: [
        {
          partitionIndex: 'int32',
          committedOffset: 'int64',
          committedLeaderEpoch: 'int32 6+ = -1',
          committedMetadata: 'string?',
        },
      ],
    },
  ],
} as const;

const response = {
  throttleTimeMs: 'int32 3+ = 0',
  topics: [
    {
      name: 'string',
      partitions: [{ partitionIndex: 'int32', errorCode: 'int16 = 0' }],
    },
  ],
} as const;

export const offsetCommit: Api<typeof request, typeof response> = {
  key: 8,
  name: 'OffsetCommit',
  versions: [2, 9],
  flexibleFrom: 8,
  request,
  response,
  handle(asked, { cluster: { groups }, node, version }) {
    const { topics, generationIdOrMemberEpoch: generationId } = asked;
    const { groupId, memberId, groupInstanceId: instanceId } = asked;
    const codes = (judge: (topic: string, partition: Partition) => number) => ({
      topics: partitionCodes(topics, (...place) => groups.hasPartition(...place), judge),
    });
    // Kafka asks the coordinator only if there is something to commit.
    if (!topics.some((topic) => hasAny(topic, groups))) return codes(() => ERROR.NONE);
    try {
      const committer = { groupId, memberId, instanceId, generationId, isTransactional: false };
      const group = groups.forCommit(node.id, committer, version >= 9);
      const { maxOffsetMetadataLength } = groups.settings;
      return codes((topic, partition) => commit(group, topic, partition, maxOffsetMetadataLength));
    } catch (error) {
      const code = codeOf(error);
      return codes(() => code);
    }
  },
  refuse: ({ topics }, { code }) => ({
    topics: partitionCodes(
      topics,
      () => true,
      () => code,
    ),
  }),
};

type Topic = Decoded<typeof request>['topics'][number];
type Partition = Topic['partitions'][number];

const hasAny = ({ name, partitions }: Topic, groups: Groups): boolean =>
  partitions.some(({ partitionIndex }) => groups.hasPartition(name, partitionIndex));

function commit(group: Group, topic: string, partition: Partition, maxLength: number): number {
  const metadata = partition.committedMetadata ?? '';
  if (metadata.length > maxLength) return ERROR.OFFSET_METADATA_TOO_LARGE;
  group.offsets.commit(topic, partition.partitionIndex, {
    offset: partition.committedOffset,
    leaderEpoch: partition.committedLeaderEpoch,
    metadata,
  });
  return ERROR.NONE;
}

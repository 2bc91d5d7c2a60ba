import type { Api } from '../api.ts';
import { ERROR, Refusal } from '../errors.ts';
import type { Group } from '../groups/group.ts';
import { partitionCodes } from '../groups/partition-codes.ts';
import { inTermsOf } from '../transactions/in-terms-of.ts';
import type { Decoded } from '../wire/schema.ts';
import { codeOf } from './partition-here.ts';

const request = {
  transactionalId: 'string',
  groupId: 'string',
  producerId: 'int64',
  producerEpoch: 'int16',
  generationId: 'int32 3+ = -1',
  memberId: 'string 3+ = ""',
  groupInstanceId: 'string? 3+ = null',
  topics: [
    {
      name: 'string',
      partitions: [
        {
          partitionIndex: 'int32',
          committedOffset: 'int64',
          committedLeaderEpoch: 'int32 2+ = -1',
          committedMetadata: 'string?',
        },
      ],
    },
  ],
} as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  topics: [
    {
      name: 'string',
      partitions: [{ partitionIndex: 'int32', errorCode: 'int16 = 0' }],
    },
  ],
} as const;

export const txnOffsetCommit: Api<typeof request, typeof response> = {
  key: 28,
  name: 'TxnOffsetCommit',
  versions: [0, 5],
  flexibleFrom: 3,
  request,
  response,
  handle(asked, { cluster: { groups, transactions }, node, version }) {
    const { transactionalId, producerId, producerEpoch: epoch, groupId, memberId } = asked;
    const codes = (judge: (topic: string, partition: Partition) => number) => ({
      topics: partitionCodes(asked.topics, (...place) => groups.hasPartition(...place), judge),
    });
    try {
      if (groupId === '') throw new Refusal('INVALID_GROUP_ID');
      groups.at(node.id, groupId);
      const claim = { transactionalId, producerId, epoch };
      inTermsOf(version, ABORTABLE_FROM, () =>
        transactions.checkOffsets(claim, groupId, version >= ADDS_FROM),
      );
      const { generationId, groupInstanceId: instanceId } = asked;
      const committer = { groupId, memberId, instanceId, generationId, isTransactional: true };
      const group = groups.forCommit(node.id, committer, false);
      const { maxOffsetMetadataLength } = groups.settings;
      return codes((topic, partition) =>
        keep(group, producerId, topic, partition, maxOffsetMetadataLength),
      );
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

/** First version of clients that know TRANSACTION_ABORTABLE, and first that opens the transaction by itself (KIP-890). */
const ABORTABLE_FROM = 4;
const ADDS_FROM = 5;

type Partition = Decoded<typeof request>['topics'][number]['partitions'][number];

/** Keeps the offset until the transaction ends. */
function keep(
  group: Group,
  producerId: bigint,
  topic: string,
  partition: Partition,
  maxLength: number,
): number {
  const metadata = partition.committedMetadata ?? '';
  if (metadata.length > maxLength) return ERROR.OFFSET_METADATA_TOO_LARGE;
  group.offsets.addPending(producerId, topic, partition.partitionIndex, {
    offset: partition.committedOffset,
    leaderEpoch: partition.committedLeaderEpoch,
    metadata,
  });
  return ERROR.NONE;
}

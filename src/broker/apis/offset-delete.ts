import type { Api } from '../api.ts';
import { ERROR, Refusal } from '../errors.ts';
import { partitionCodes } from '../groups/partition-codes.ts';

const request = {
  groupId: 'string',
  topics: [{ name: 'string', partitions: [{ partitionIndex: 'int32' }] }],
} as const;

const response = {
  errorCode: 'int16 = 0',
  throttleTimeMs: 'int32 = 0',
  topics: [{ name: 'string', partitions: [{ partitionIndex: 'int32', errorCode: 'int16 = 0' }] }],
} as const;

export const offsetDelete: Api<typeof request, typeof response> = {
  key: 47,
  name: 'OffsetDelete',
  versions: [0, 0],
  flexibleFrom: Number.POSITIVE_INFINITY,
  request,
  response,
  handle({ groupId, topics }, { cluster: { groups }, node }) {
    if (groupId === '') throw new Refusal('INVALID_GROUP_ID');
    const group = groups.at(node.id, groupId);
    if (group === undefined) throw new Refusal('GROUP_ID_NOT_FOUND');
    group.checkOffsetDelete();
    return {
      topics: partitionCodes(
        topics,
        (...place) => groups.hasPartition(...place),
        (topic, { partitionIndex }) => {
          if (group.isSubscribedTo(topic)) return ERROR.GROUP_SUBSCRIBED_TO_TOPIC;
          group.offsets.delete(topic, partitionIndex);
          return ERROR.NONE;
        },
      ),
    };
  },
  refuse: (_, { code }) => ({ errorCode: code, topics: [] }),
};

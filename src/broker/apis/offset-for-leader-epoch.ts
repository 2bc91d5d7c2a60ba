import type { Api } from '../api.ts';
import { codeOf, partitionHere, topicNamed } from './partition-here.ts';

const request = {
  replicaId: 'int32 3+ = -2',
  topics: [
    {
      topic: 'string',
      partitions: [{ partition: 'int32', currentLeaderEpoch: 'int32 = -1', leaderEpoch: 'int32' }],
    },
  ],
} as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  topics: [
    {
      topic: 'string',
      partitions: [
        {
          errorCode: 'int16 = 0',
          partition: 'int32',
          leaderEpoch: 'int32 = -1',
          endOffset: 'int64 = -1',
        },
      ],
    },
  ],
} as const;

export const offsetForLeaderEpoch: Api<typeof request, typeof response> = {
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: [2, 4],
  flexibleFrom: 4,
  request,
  response,
  handle: ({ topics }, context) => ({
    topics: topics.map(({ topic: name, partitions }) => ({
      topic: name,
      partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch: asked }) => {
        try {
          const topic = topicNamed(context, name);
          const demand = { leaderEpoch: currentLeaderEpoch };
          const { log, leaderEpoch } = partitionHere(context, topic, index, demand);
          const end = log.epochs.endOf(asked, leaderEpoch, log.endOffset);
          if (end === null) return { partition: index };
          return { partition: index, leaderEpoch: end.epoch, endOffset: end.offset };
        } catch (error) {
          return { partition: index, errorCode: codeOf(error) };
        }
      }),
    })),
  }),
  refuse: ({ topics }, { code }) => ({
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({ partition, errorCode: code })),
    })),
  }),
};

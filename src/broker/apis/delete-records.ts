import type { Api } from '../api.ts';
import { codeOf, partitionHere, topicNamed } from './partition-here.ts';

const request = {
  topics: [{ name: 'string', partitions: [{ partitionIndex: 'int32', offset: 'int64' }] }],
  timeoutMs: 'int32 = 60000',
} as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  topics: [
    {
      name: 'string',
      partitions: [{ partitionIndex: 'int32', lowWatermark: 'int64', errorCode: 'int16 = 0' }],
    },
  ],
} as const;

export const deleteRecords: Api<typeof request, typeof response> = {
  key: 21,
  name: 'DeleteRecords',
  versions: [0, 2],
  flexibleFrom: 2,
  request,
  response,
  handle: ({ topics }, context) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) => {
        try {
          const topic = topicNamed(context, name);
          const { log, changed } = partitionHere(context, topic, partitionIndex, ANY_EPOCH);
          log.deleteBefore(offset === HIGH_WATERMARK ? log.highWatermark : offset);
          changed.ring();
          return { partitionIndex, lowWatermark: log.startOffset };
        } catch (error) {
          return { partitionIndex, lowWatermark: -1n, errorCode: codeOf(error) };
        }
      }),
    })),
  }),
  refuse: ({ topics }, { code }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        lowWatermark: -1n,
        errorCode: code,
      })),
    })),
  }),
};

/** In the place of an offset: all records that there are. */
const HIGH_WATERMARK = -1n;
const ANY_EPOCH = { leaderEpoch: -1 };

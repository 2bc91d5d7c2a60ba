import type { Api, RequestContext } from '../api.ts';
import { Refusal } from '../errors.ts';
import type { Encoded } from '../wire/schema.ts';
import { codeOf, partitionHere } from './partition-here.ts';

const request = { topics: [{ name: 'string', partitionIndexes: ['int32'] }] } as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  topics: [
    {
      name: 'string',
      partitions: [
        {
          partitionIndex: 'int32',
          errorCode: 'int16 = 0',
          errorMessage: 'string? = null',
          activeProducers: [
            {
              producerId: 'int64',
              producerEpoch: 'int32',
              lastSequence: 'int32 = -1',
              lastTimestamp: 'int64 = -1',
              coordinatorEpoch: 'int32',
              currentTxnStartOffset: 'int64 = -1',
            },
          ],
        },
      ],
    },
  ],
} as const;

/** Who has written to a partition with sequence numbers; of them those with an open transaction hold up its last stable offset. */
export const describeProducers: Api<typeof request, typeof response> = {
  key: 61,
  name: 'DescribeProducers',
  versions: [0, 0],
  flexibleFrom: 0,
  request,
  response,
  handle: ({ topics }, context) => ({
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((index) => described(context, name, index)),
    })),
  }),
  refuse: ({ topics }, { code }) => ({
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => refused(partitionIndex, code)),
    })),
  }),
};

type Described = Encoded<typeof response>['topics'][number]['partitions'][number];

function described(context: RequestContext, name: string, index: number): Described {
  try {
    const topic = context.cluster.topics.get(name);
    if (topic === undefined) throw new Refusal('UNKNOWN_TOPIC_OR_PARTITION', NO_TOPIC);
    const { log, sequences } = partitionHere(context, topic, index, ANY_EPOCH);
    const activeProducers = sequences.producers().map(({ epoch, ...producer }) => ({
      ...producer,
      producerEpoch: epoch,
      currentTxnStartOffset: log.transactions.firstOffset(producer.producerId) ?? -1n,
    }));
    return { partitionIndex: index, activeProducers };
  } catch (error) {
    return { ...refused(index, codeOf(error)), errorMessage: (error as Refusal).text };
  }
}

const refused = (partitionIndex: number, errorCode: number): Described => ({
  partitionIndex,
  errorCode,
  activeProducers: [],
});

/** In Kafka's words, and only for a topic; a partition that is not there has none. */
const NO_TOPIC = 'This server does not host this topic-partition.';
const ANY_EPOCH = { leaderEpoch: -1 };

import type { Api, RequestContext } from '../api.ts';
import { ERROR } from '../errors.ts';
import { fencedError } from '../transactions/fenced-error.ts';
import type { Claim } from '../transactions/transactions.ts';
import type { Encoded } from '../wire/schema.ts';
import { codeOf } from './partition-here.ts';

const request = {
  transactions: [
    {
      $: '4+ = []',
      transactionalId: 'string',
      producerId: 'int64',
      producerEpoch: 'int16',
      verifyOnly: 'boolean = false',
      topics: [{ name: 'string', partitions: ['int32'] }],
    },
  ],
  transactionalId: 'string 0-3 = ""',
  producerId: 'int64 0-3 = 0',
  producerEpoch: 'int16 0-3 = 0',
  topics: [{ $: '0-3 = []', name: 'string', partitions: ['int32'] }],
} as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  errorCode: 'int16 4+ = 0',
  resultsByTransaction: [
    {
      $: '4+ = []',
      transactionalId: 'string',
      topicResults: [
        {
          name: 'string',
          resultsByPartition: [{ partitionIndex: 'int32', partitionErrorCode: 'int16' }],
        },
      ],
    },
  ],
  resultsByTopic: [
    {
      $: '0-3 = []',
      name: 'string',
      resultsByPartition: [{ partitionIndex: 'int32', partitionErrorCode: 'int16' }],
    },
  ],
} as const;

/** Clients send versions 0 to 3, for one transaction; brokers send each other the later ones. */
export const addPartitionsToTxn: Api<typeof request, typeof response> = {
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: [0, 5],
  flexibleFrom: 3,
  request,
  response,
  handle(asked, context) {
    if (context.version < BATCHED_FROM)
      return { resultsByTopic: add(asked, asked.topics, context) };
    return {
      resultsByTransaction: asked.transactions.map((each) => ({
        transactionalId: each.transactionalId,
        topicResults: add(each, each.topics, context),
      })),
    };
  },
  refuse: ({ topics }, { code, version }) =>
    version < BATCHED_FROM
      ? { resultsByTopic: resultsOf(topics, () => code) }
      : { errorCode: code },
};

const BATCHED_FROM = 4;

interface Topic {
  readonly name: string;
  readonly partitions: readonly number[];
}
interface Asked {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly verifyOnly?: boolean;
}
type Result = NonNullable<Encoded<typeof response>['resultsByTopic']>[number];

/** All partitions, or none when one is not there; or with `verifyOnly` what is with each of them. */
function add(asked: Asked, topics: readonly Topic[], context: RequestContext): Result[] {
  const { cluster, node, version } = context;
  const isThere = (topic: string, index: number): boolean =>
    cluster.topics.partition(topic, index) !== undefined;
  const places = topics.flatMap(({ name, partitions }) =>
    partitions.map((index) => ({ topic: name, index })),
  );
  if (!places.every(({ topic, index }) => isThere(topic, index))) {
    return resultsOf(topics, (topic, index) =>
      isThere(topic, index) ? ERROR.OPERATION_NOT_ATTEMPTED : ERROR.UNKNOWN_TOPIC_OR_PARTITION,
    );
  }
  const { transactionalId, producerId, producerEpoch: epoch } = asked;
  const claim: Claim = { transactionalId, producerId, epoch };
  try {
    if (asked.verifyOnly) {
      const missing = cluster.transactions.missing(node.id, claim, places, fencedError(version));
      return resultsOf(topics, (topic, index) =>
        missing.some((place) => place.topic === topic && place.index === index)
          ? ERROR.TRANSACTION_ABORTABLE
          : ERROR.NONE,
      );
    }
    cluster.transactions.addPartitions(node.id, claim, places, fencedError(version));
    return resultsOf(topics, () => ERROR.NONE);
  } catch (error) {
    const code = codeOf(error);
    return resultsOf(topics, () => code);
  }
}

const resultsOf = (
  topics: readonly Topic[],
  codeFor: (topic: string, index: number) => number,
): Result[] =>
  topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((index) => ({
      partitionIndex: index,
      partitionErrorCode: codeFor(name, index),
    })),
  }));

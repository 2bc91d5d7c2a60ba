import type { Api, RequestContext } from '../api.ts';
import type { Transaction } from '../transactions/transaction.ts';
import type { Encoded } from '../wire/schema.ts';
import { codeOf } from './partition-here.ts';

const request = { transactionalIds: ['string'] } as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  transactionStates: [
    {
      errorCode: 'int16 = 0',
      transactionalId: 'string',
      transactionState: 'string',
      transactionTimeoutMs: 'int32',
      transactionStartTimeMs: 'int64',
      producerId: 'int64',
      producerEpoch: 'int16',
      topics: [{ topic: 'string', partitions: ['int32'] }],
    },
  ],
} as const;

export const describeTransactions: Api<typeof request, typeof response> = {
  key: 65,
  name: 'DescribeTransactions',
  versions: [0, 0],
  flexibleFrom: 0,
  request,
  response,
  handle: ({ transactionalIds }, context) => ({
    transactionStates: transactionalIds.map((id) => described(id, context)),
  }),
  refuse: ({ transactionalIds }, { code }) => ({
    transactionStates: transactionalIds.map((id) => refused(id, code)),
  }),
};

type Described = Encoded<typeof response>['transactionStates'][number];

function described(id: string, { cluster, node }: RequestContext): Described {
  try {
    const transaction = cluster.transactions.describe(node.id, id);
    return {
      transactionalId: id,
      transactionState: transaction.stateName,
      transactionTimeoutMs: transaction.timeoutMs,
      transactionStartTimeMs: BigInt(transaction.startedAtMs),
      producerId: transaction.producerId,
      producerEpoch: transaction.epoch,
      topics: topicsOf(transaction),
    };
  } catch (error) {
    return refused(id, codeOf(error));
  }
}

/** Partitions that the open transaction has written to, by topic. */
function topicsOf({ partitions }: Transaction): Described['topics'] {
  const topics = new Map<string, number[]>();
  for (const { topic, index } of partitions.values()) {
    topics.set(topic, [...(topics.get(topic) ?? []), index]);
  }
  return [...topics].map(([topic, indexes]) => ({ topic, partitions: indexes }));
}

const refused = (transactionalId: string, errorCode: number): Described => ({
  errorCode,
  transactionalId,
  transactionState: '',
  transactionTimeoutMs: 0,
  transactionStartTimeMs: 0n,
  producerId: 0n,
  producerEpoch: 0,
  topics: [],
});

import type { Api } from '../api.ts';
import { Refusal } from '../errors.ts';

const request = {
  transactionalId: 'string?',
  transactionTimeoutMs: 'int32',
  producerId: 'int64 3+ = -1',
  producerEpoch: 'int16 3+ = -1',
} as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  errorCode: 'int16 = 0',
  producerId: 'int64 = -1',
  producerEpoch: 'int16 = -1',
} as const;

export const initProducerId: Api<typeof request, typeof response> = {
  key: 22,
  name: 'InitProducerId',
  versions: [0, 5],
  flexibleFrom: 2,
  request,
  response,
  handle(asked, { cluster: { transactions }, node, version }) {
    const { transactionalId, transactionTimeoutMs: timeoutMs } = asked;
    if (asked.producerId < 0n !== asked.producerEpoch < 0) throw new Refusal('INVALID_REQUEST');
    const claimed =
      asked.producerId < 0n ? null : { producerId: asked.producerId, epoch: asked.producerEpoch };
    const { producerId, epoch } =
      transactionalId === null
        ? transactions.newProducer()
        : transactions.begin(
            node.id,
            { transactionalId, timeoutMs },
            claimed,
            version >= FENCED_FROM ? 'PRODUCER_FENCED' : 'INVALID_PRODUCER_EPOCH',
          );
    return { producerId, producerEpoch: epoch };
  },
  refuse: (_, { code }) => ({ errorCode: code }),
};

/** First version of clients that know PRODUCER_FENCED. */
const FENCED_FROM = 4;

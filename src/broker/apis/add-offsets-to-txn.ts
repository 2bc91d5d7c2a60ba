import type { Api } from '../api.ts';
import { fencedError } from '../transactions/fenced-error.ts';

const request = {
  transactionalId: 'string',
  producerId: 'int64',
  producerEpoch: 'int16',
  groupId: 'string',
} as const;

const response = { throttleTimeMs: 'int32 = 0', errorCode: 'int16 = 0' } as const;

export const addOffsetsToTxn: Api<typeof request, typeof response> = {
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: [0, 4],
  flexibleFrom: 3,
  request,
  response,
  handle(asked, { cluster: { transactions }, node, version }) {
    const { transactionalId, producerId, producerEpoch: epoch } = asked;
    const claim = { transactionalId, producerId, epoch };
    transactions.addOffsets(node.id, claim, asked.groupId, fencedError(version));
    return {};
  },
  refuse: (_, { code }) => ({ errorCode: code }),
};

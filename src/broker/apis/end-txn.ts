import type { Api } from '../api.ts';
import { fencedError } from '../transactions/fenced-error.ts';

const request = {
  transactionalId: 'string',
  producerId: 'int64',
  producerEpoch: 'int16',
  committed: 'boolean',
} as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  errorCode: 'int16 = 0',
  producerId: 'int64 5+ = -1',
  producerEpoch: 'int16 5+ = -1',
} as const;

export const endTxn: Api<typeof request, typeof response> = {
  key: 26,
  name: 'EndTxn',
  versions: [0, 5],
  flexibleFrom: 3,
  request,
  response,
  handle(asked, { cluster: { transactions }, node, version }) {
    const { transactionalId, producerEpoch: epoch, committed } = asked;
    const claim = { transactionalId, producerId: asked.producerId, epoch };
    const terms = { fenced: fencedError(version), bumps: version >= BUMPS_FROM };
    const next = transactions.end(node.id, claim, committed ? 'commit' : 'abort', terms);
    return { producerId: next.producerId, producerEpoch: next.epoch };
  },
  refuse: (_, { code }) => ({ errorCode: code }),
};

/** From this version on each transaction has an epoch of its own (KIP-890). */
const BUMPS_FROM = 5;

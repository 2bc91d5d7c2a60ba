import type { Api } from '../api.ts';
import { Refusal } from '../errors.ts';
import { isStateName, type Transaction } from '../transactions/transaction.ts';
import type { Decoded } from '../wire/schema.ts';

const request = {
  stateFilters: ['string'],
  producerIdFilters: ['int64'],
  durationFilter: 'int64 1+ = -1',
  transactionalIdPattern: 'string? 2+ = null',
} as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  errorCode: 'int16 = 0',
  unknownStateFilters: ['string'],
  transactionStates: [
    { transactionalId: 'string', producerId: 'int64', transactionState: 'string' },
  ],
} as const;

/** The transactions that the node coordinates. */
export const listTransactions: Api<typeof request, typeof response> = {
  key: 66,
  name: 'ListTransactions',
  versions: [0, 2],
  flexibleFrom: 0,
  request,
  response,
  handle(asked, { cluster, node }) {
    const isWanted = filterOf(asked, BigInt(cluster.nowMs()));
    return {
      unknownStateFilters: [...new Set(asked.stateFilters)].filter((name) => !isStateName(name)),
      transactionStates: cluster.transactions
        .of(node.id)
        .filter(isWanted)
        .map(({ id, producerId, stateName }) => ({
          transactionalId: id,
          producerId,
          transactionState: stateName,
        })),
    };
  },
  refuse: (_, { code }) => ({ errorCode: code, unknownStateFilters: [], transactionStates: [] }),
};

/** What is not asked for is not looked at; states that are unknown let nothing through. Throws INVALID_REGULAR_EXPRESSION. */
function filterOf(
  { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern }: Asked,
  nowMs: bigint,
): (transaction: Transaction) => boolean {
  const pattern = transactionalIdPattern ? whole(transactionalIdPattern) : null;
  return ({ id, producerId, stateName, startedAtMs }) =>
    (stateFilters.length === 0 || stateFilters.includes(stateName)) &&
    (producerIdFilters.length === 0 || producerIdFilters.includes(producerId)) &&
    (durationFilter < 0n || nowMs - BigInt(startedAtMs) > durationFilter) &&
    (pattern === null || pattern.test(id));
}
type Asked = Decoded<typeof request>;

/** It must match the id as a whole. */
function whole(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch {
    throw new Refusal('INVALID_REGULAR_EXPRESSION');
  }
}

import type { Answer, Api, ErrorAnswer, RequestContext } from '../api.ts';
import { ERROR } from '../errors.ts';
import type { Decoded } from '../wire/schema.ts';

const request = {
  key: 'string 0-3 = ""',
  keyType: 'int8 1+ = 0',
  coordinatorKeys: ['string 4+ = []'],
} as const;

const response = {
  throttleTimeMs: 'int32 1+ = 0',
  errorCode: 'int16 0-3 = 0',
  errorMessage: 'string? 1-3 = null',
  nodeId: 'int32 0-3 = -1',
  host: 'string 0-3 = ""',
  port: 'int32 0-3 = -1',
  coordinators: [
    {
      $: '4+ = []',
      key: 'string',
      nodeId: 'int32',
      host: 'string',
      port: 'int32',
      errorCode: 'int16 = 0',
      errorMessage: 'string? = null',
    },
  ],
} as const;

/** What a key can be of; both are spread in the same way. Shares of share groups (2) are not spoken. */
const KEY_TYPE = { group: 0, transaction: 1 } as const;

export const findCoordinator: Api<typeof request, typeof response> = {
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 6],
  flexibleFrom: 3,
  request,
  response,
  handle(asked, context) {
    const keys = context.version < 4 ? [asked.key] : asked.coordinatorKeys;
    return answerOf(keys.map((key) => find(key, asked.keyType, context)));
  },
  refuse({ key, coordinatorKeys }, error) {
    const keys = error.version < 4 ? [key] : coordinatorKeys;
    return answerOf(keys.map((each) => ({ key: each, ...NOWHERE, ...shown(error) })));
  },
};

type Coordinator = Decoded<typeof response>['coordinators'][number];
const NOWHERE = { nodeId: -1, host: '', port: -1 };

function find(key: string, keyType: number, context: RequestContext): Coordinator {
  if (keyType !== KEY_TYPE.group && keyType !== KEY_TYPE.transaction) {
    return { key, ...NOWHERE, errorCode: ERROR.INVALID_REQUEST, errorMessage: BAD_KEY_TYPE };
  }
  const node = context.cluster.groups.coordinatorOf(key);
  if (node === null) {
    return { key, ...NOWHERE, errorCode: ERROR.COORDINATOR_NOT_AVAILABLE, errorMessage: null };
  }
  const { id: nodeId, host, port } = node;
  const errorMessage = context.version < 4 ? 'NONE' : '';
  return { key, nodeId, host, port, errorCode: ERROR.NONE, errorMessage };
}

const BAD_KEY_TYPE =
  'This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.';

const shown = ({ code, text }: ErrorAnswer) => ({ errorCode: code, errorMessage: text });

/** Versions below 4 have room for one key, beside the list. */
const answerOf = (coordinators: readonly Coordinator[]): Answer<typeof response> => ({
  ...coordinators[0],
  coordinators,
});

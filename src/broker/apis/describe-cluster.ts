import type { Api } from '../api.ts';
import { Refusal } from '../errors.ts';
import { CLUSTER_OPERATIONS, UNASKED } from './authorized-operations.ts';

const request = {
  includeClusterAuthorizedOperations: 'boolean = false',
  endpointType: 'int8 1+ = 1',
  includeFencedBrokers: 'boolean 2+ = false',
} as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  errorCode: 'int16 = 0',
  errorMessage: 'string? = null',
  endpointType: 'int8 1+ = 1',
  clusterId: 'string',
  controllerId: 'int32 = -1',
  brokers: [
    {
      brokerId: 'int32',
      host: 'string',
      port: 'int32',
      rack: 'string? = null',
      isFenced: 'boolean 2+ = false',
    },
  ],
  clusterAuthorizedOperations: 'int32 = -2147483648',
} as const;

export const describeCluster: Api<typeof request, typeof response> = {
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 2],
  flexibleFrom: 0,
  request,
  response,
  handle({ endpointType, includeClusterAuthorizedOperations }, { cluster }) {
    if (endpointType !== BROKERS) {
      const wanted = endpointType === CONTROLLERS ? 'CONTROLLER' : 'UNKNOWN';
      const text = `The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type ${wanted}`;
      throw new Refusal('MISMATCHED_ENDPOINT_TYPE', text);
    }
    return {
      clusterId: cluster.id,
      controllerId: cluster.controllerId,
      brokers: cluster.liveNodes().map(({ id, host, port }) => ({ brokerId: id, host, port })),
      clusterAuthorizedOperations: includeClusterAuthorizedOperations
        ? CLUSTER_OPERATIONS
        : UNASKED,
    };
  },
  refuse: (_, { code, text }) => ({
    errorCode: code,
    errorMessage: text,
    clusterId: '',
    brokers: [],
  }),
};

/** What the endpoints can be of that a client asks for. */
const BROKERS = 1;
const CONTROLLERS = 2;

import type { Api, RequestContext } from '../api.ts';
import { ERROR } from '../errors.ts';
import { NO_BYTES } from '../groups/answers.ts';
import type { Group } from '../groups/group.ts';
import type { Encoded } from '../wire/schema.ts';
import { codeOf } from './partition-here.ts';

const request = {
  groups: ['string'],
  includeAuthorizedOperations: 'boolean 3+ = false',
} as const;

const response = {
  throttleTimeMs: 'int32 1+ = 0',
  groups: [
    {
      errorCode: 'int16 = 0',
      errorMessage: 'string? 6+ = null',
      groupId: 'string',
      groupState: 'string',
      protocolType: 'string',
      protocolData: 'string',
      members: [
        {
          memberId: 'string',
          groupInstanceId: 'string? 4+ = null',
          clientId: 'string',
          clientHost: 'string',
          memberMetadata: 'bytes',
          memberAssignment: 'bytes',
        },
      ],
      authorizedOperations: 'int32 3+ = -2147483648',
    },
  ],
} as const;

/** Read, delete, describe, and describe and alter configs: everything, since nobody is refused anything. */
const ALL_OPERATIONS = 0b1101_0100_1000;

export const describeGroups: Api<typeof request, typeof response> = {
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 6],
  flexibleFrom: 5,
  request,
  response,
  handle: ({ groups, includeAuthorizedOperations }, context) => ({
    groups: groups.map((groupId) => {
      const group = described(groupId, context);
      const isTold = includeAuthorizedOperations && group.errorCode === undefined;
      return isTold ? { ...group, authorizedOperations: ALL_OPERATIONS } : group;
    }),
  }),
  refuse: ({ groups }, { code }) => ({
    groups: groups.map((groupId) => ({ ...nobody(groupId, ''), errorCode: code })),
  }),
};

type Described = Encoded<typeof response>['groups'][number];

function described(groupId: string, { cluster, node, version }: RequestContext): Described {
  try {
    const group = cluster.groups.at(node.id, groupId);
    if (group !== undefined) return facts(group);
  } catch (error) {
    return { ...nobody(groupId, ''), errorCode: codeOf(error) };
  }
  if (version < 6) return nobody(groupId, 'Dead');
  return {
    ...nobody(groupId, 'Dead'),
    errorCode: ERROR.GROUP_ID_NOT_FOUND,
    errorMessage: `Group ${groupId} not found.`,
  };
}

const nobody = (groupId: string, groupState: string): Described => ({
  groupId,
  groupState,
  protocolType: '',
  protocolData: '',
  members: [],
});

/** The protocol, and the metadata that it asks of members, are told of a stable group only. */
function facts(group: Group): Described {
  const isStable = group.state === 'Stable';
  return {
    groupId: group.id,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: isStable ? (group.protocolName ?? '') : '',
    members: group.members.map((member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? member.metadataFor(group.protocolName) : NO_BYTES,
      memberAssignment: member.assignment,
    })),
  };
}

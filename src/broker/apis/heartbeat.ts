import type { Api } from '../api.ts';
import { Refusal } from '../errors.ts';

const request = {
  groupId: 'string',
  generationId: 'int32',
  memberId: 'string',
  groupInstanceId: 'string? 3+ = null',
} as const;

const response = { throttleTimeMs: 'int32 1+ = 0', errorCode: 'int16 = 0' } as const;

export const heartbeat: Api<typeof request, typeof response> = {
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexibleFrom: 4,
  request,
  response,
  handle({ groupId, memberId, groupInstanceId, generationId }, { cluster, node }) {
    if (groupId === '') throw new Refusal('INVALID_GROUP_ID');
    const group = cluster.groups.at(node.id, groupId);
    if (group === undefined) throw new Refusal('UNKNOWN_MEMBER_ID');
    group.heartbeat({ memberId, instanceId: groupInstanceId, generationId });
    return {};
  },
  refuse: (_, { code }) => ({ errorCode: code }),
};

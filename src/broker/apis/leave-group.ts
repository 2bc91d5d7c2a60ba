import type { Api } from '../api.ts';
import { ERROR, type ErrorName, Refusal } from '../errors.ts';
import type { Leaver } from '../groups/group.ts';

const request = {
  groupId: 'string',
  memberId: 'string 0-2 = ""',
  members: [
    {
      $: '3+ = []',
      memberId: 'string',
      groupInstanceId: 'string? = null',
      reason: 'string? 5+ = null',
    },
  ],
} as const;

const response = {
  throttleTimeMs: 'int32 1+ = 0',
  errorCode: 'int16 = 0',
  members: [
    {
      $: '3+ = []',
      memberId: 'string',
      groupInstanceId: 'string? = null',
      errorCode: 'int16 = 0',
    },
  ],
} as const;

export const leaveGroup: Api<typeof request, typeof response> = {
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  request,
  response,
  handle(asked, { cluster, node, version }) {
    if (asked.groupId === '') throw new Refusal('INVALID_GROUP_ID');
    const group = cluster.groups.at(node.id, asked.groupId);
    const leavers: Leaver[] =
      version < 3
        ? [{ memberId: asked.memberId, instanceId: null }]
        : asked.members.map((each) => ({
            memberId: each.memberId,
            instanceId: each.groupInstanceId,
          }));
    const outcomes = group?.leave(leavers) ?? leavers.map((): ErrorName => 'UNKNOWN_MEMBER_ID');
    const members = leavers.map(({ memberId, instanceId }, i) => ({
      memberId,
      groupInstanceId: instanceId,
      errorCode: ERROR[outcomes[i] ?? 'NONE'],
    }));
    // Older versions know one member only, whose error is that of the whole.
    return { errorCode: version < 3 ? members[0]?.errorCode : ERROR.NONE, members };
  },
  refuse: (_, { code }) => ({ errorCode: code }),
};

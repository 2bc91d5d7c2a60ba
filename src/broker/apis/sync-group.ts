import type { Api } from '../api.ts';
import { ERROR, Refusal } from '../errors.ts';
import { refusedSync } from '../groups/answers.ts';

const request = {
  groupId: 'string',
  generationId: 'int32',
  memberId: 'string',
  groupInstanceId: 'string? 3+ = null',
  protocolType: 'string? 5+ = null',
  protocolName: 'string? 5+ = null',
  assignments: [{ memberId: 'string', assignment: 'bytes' }],
} as const;

const response = {
  throttleTimeMs: 'int32 1+ = 0',
  errorCode: 'int16 = 0',
  protocolType: 'string? 5+ = null',
  protocolName: 'string? 5+ = null',
  assignment: 'bytes',
} as const;

export const syncGroup: Api<typeof request, typeof response> = {
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  request,
  response,
  async handle(asked, { cluster, node, version }) {
    const { groupId, protocolType, protocolName } = asked;
    if (version >= 5 && (protocolType === null || protocolName === null)) {
      throw new Refusal('INCONSISTENT_GROUP_PROTOCOL');
    }
    if (groupId === '') throw new Refusal('INVALID_GROUP_ID');
    const group = cluster.groups.at(node.id, groupId);
    if (group === undefined) throw new Refusal('UNKNOWN_MEMBER_ID');
    const { error, ...answer } = await group.sync({
      memberId: asked.memberId,
      instanceId: asked.groupInstanceId,
      generationId: asked.generationId,
      protocolType,
      protocolName,
      assignments: new Map(asked.assignments.map((each) => [each.memberId, each.assignment])),
    });
    return { ...answer, errorCode: ERROR[error] };
  },
  refuse(_, { code }) {
    const { error, ...answer } = refusedSync('NONE');
    return { ...answer, errorCode: code };
  },
};

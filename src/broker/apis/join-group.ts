import type { Api } from '../api.ts';
import { ERROR, Refusal } from '../errors.ts';
import { type JoinAnswer, refusedJoin } from '../groups/answers.ts';
import type { Encoded } from '../wire/schema.ts';

const request = {
  groupId: 'string',
  sessionTimeoutMs: 'int32',
  rebalanceTimeoutMs: 'int32 1+ = -1',
  memberId: 'string',
  groupInstanceId: 'string? 5+ = null',
  protocolType: 'string',
  protocols: [{ name: 'string', metadata: 'bytes' }],
  reason: 'string? 8+ = null',
} as const;

const response = {
  throttleTimeMs: 'int32 2+ = 0',
  errorCode: 'int16 = 0',
  generationId: 'int32 = -1',
  protocolType: 'string? 7+ = null',
  protocolName: 'string?7+',
  leader: 'string',
  skipAssignment: 'boolean 9+ = false',
  memberId: 'string',
  members: [{ memberId: 'string', groupInstanceId: 'string? 5+ = null', metadata: 'bytes' }],
} as const;

/** Where members are from, in the form that Kafka has from Java: this broker listens on loopback only. */
const CLIENT_HOST = '/127.0.0.1';

export const joinGroup: Api<typeof request, typeof response> = {
  key: 11,
  name: 'JoinGroup',
  versions: [0, 9],
  flexibleFrom: 6,
  request,
  response,
  async handle(asked, context) {
    const { groupId, memberId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs } = asked;
    const { version, node, clientId } = context;
    const { groups } = context.cluster;
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = groups.settings;
    if (groupId === '') throw new Refusal('INVALID_GROUP_ID');
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      throw new Refusal('INVALID_SESSION_TIMEOUT');
    }
    const group = memberId === '' ? groups.ensureAt(node.id, groupId) : groups.at(node.id, groupId);
    if (group === undefined) throw new Refusal('UNKNOWN_MEMBER_ID');
    const answer = await group.join({
      memberId,
      instanceId: groupInstanceId,
      clientId: clientId ?? '',
      clientHost: CLIENT_HOST,
      sessionTimeoutMs,
      rebalanceTimeoutMs: version === 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
      protocolType: asked.protocolType,
      protocols: asked.protocols,
      mustKnowId: version >= 4,
      canSkipAssignment: version >= 9,
    });
    return answerOf(answer, version);
  },
  refuse: ({ memberId }, { code, version }) => ({
    ...answerOf(refusedJoin('NONE', memberId), version),
    errorCode: code,
  }),
};

function answerOf(answer: JoinAnswer, version: number): Encoded<typeof response> {
  const { error, members, ...rest } = answer;
  return {
    ...rest,
    errorCode: ERROR[error],
    protocolName: version < 7 ? (rest.protocolName ?? '') : rest.protocolName,
    members: members.map(({ instanceId, ...member }) => ({
      ...member,
      groupInstanceId: instanceId,
    })),
  };
}

import { deleteGroups } from '../../../src/broker/apis/delete-groups.ts';
import { describeGroups } from '../../../src/broker/apis/describe-groups.ts';
import { findCoordinator } from '../../../src/broker/apis/find-coordinator.ts';
import { heartbeat } from '../../../src/broker/apis/heartbeat.ts';
import { joinGroup } from '../../../src/broker/apis/join-group.ts';
import { leaveGroup } from '../../../src/broker/apis/leave-group.ts';
import { listGroups } from '../../../src/broker/apis/list-groups.ts';
import { syncGroup } from '../../../src/broker/apis/sync-group.ts';
import type { Decoded, Encoded } from '../../../src/broker/wire/schema.ts';
import type { BrokerClient } from '../../support/broker-client.ts';
import { bytes } from '../../support/group-rig.ts';
import type { Talk } from './talk.ts';

type JoinBody = Encoded<typeof joinGroup.request>;
type JoinReply = Decoded<typeof joinGroup.response>;

/** A JoinGroup to `groupId`, with `facts` in the place of the usual. */
export const joinBody = (groupId: string, facts: object = {}): JoinBody => ({
  groupId,
  sessionTimeoutMs: 20_000,
  rebalanceTimeoutMs: 10_000,
  memberId: '',
  groupInstanceId: null,
  protocolType: 'consumer',
  protocols: protocolsOf('range'),
  ...facts,
});

/** Metadata of a byte is no subscription. Kafka answers nothing at all if it seems to name more topics than it has bytes. */
export const protocolsOf = (...names: readonly string[]): JoinBody['protocols'] =>
  names.map((name) => ({ name, metadata: bytes(name.slice(0, 1)) }));

/** Joins, twice if an id is required. */
export async function join(
  client: BrokerClient,
  group: string,
  facts: object = {},
  version = 9,
): Promise<JoinReply> {
  const answer = await client.send(joinGroup, version, joinBody(group, facts));
  if (answer.memberId === '' || answer.generationId >= 0) return answer;
  const { memberId } = answer;
  return client.send(joinGroup, version, joinBody(group, { ...facts, memberId }));
}

/** A member as SyncGroup, Heartbeat and LeaveGroup have it. */
export interface Seat {
  readonly groupId: string;
  readonly memberId: string;
  readonly generationId: number;
  readonly groupInstanceId?: string;
}

const protocol = { protocolType: 'consumer', protocolName: 'range' };

export async function findCoordinators(talk: Talk): Promise<void> {
  const client = await talk.connect('one');
  const key = talk.group('found');
  for (let version = 0; version <= 6; version++) {
    for (const each of [key, '']) {
      const body = { key: each, coordinatorKeys: [each] };
      await talk.ask(client, `of "${each === key ? 'group' : ''}"`, findCoordinator, version, body);
    }
  }
  for (const keyType of [3, 7, -1]) {
    for (const version of [1, 3, 4, 6]) {
      const body = { key, keyType, coordinatorKeys: [key] };
      await talk.ask(client, `of type ${keyType}`, findCoordinator, version, body);
    }
  }
  const many = { coordinatorKeys: [key, `${key}2`, key] };
  await talk.ask(client, 'of several', findCoordinator, 6, many);
  await talk.ask(client, 'of none', findCoordinator, 6, { coordinatorKeys: [] });
}

export async function refusedJoins(talk: Talk): Promise<void> {
  const client = await talk.connect('one');
  const group = talk.group('refused');
  for (let version = 0; version <= 9; version++) {
    for (const [what, id, facts] of [
      ['without a group', '', {}],
      ['with a short session', group, { sessionTimeoutMs: 5999, memberId: 'me' }],
      ['with a long session', group, { sessionTimeoutMs: 1_800_001 }],
      ['of a stranger', group, { memberId: 'me' }],
      ['without protocols', group, { protocols: [] }],
      ['without a type', group, { protocolType: '' }],
    ] as const) {
      await talk.ask(client, what, joinGroup, version, joinBody(id, facts));
    }
  }
  const given = await talk.ask(client, 'of a new one', joinGroup, 9, joinBody(group));
  const seat = { groupId: group, memberId: given.memberId, generationId: -1 };
  await talk.ask(client, 'of one that is expected', heartbeat, 4, seat);
  const { memberId } = given;
  const late = joinBody(group, { memberId, groupInstanceId: 'one' });
  await talk.ask(client, 'with the id and an instance', joinGroup, 9, late);
  await talk.ask(client, 'of the nameless', joinGroup, 9, joinBody(group, { memberId: 'me' }));
  const members = [{ memberId, groupInstanceId: null }];
  await talk.ask(client, 'of one that is expected', leaveGroup, 5, { groupId: group, members });
  await talk.ask(client, 'of one that has left', leaveGroup, 5, { groupId: group, members });
  await talk.ask(client, 'after leaving', joinGroup, 9, joinBody(group, { memberId }));
  await talk.ask(client, 'that nobody is in', describeGroups, 6, { groups: [group] });
  for (const clientId of [null, '']) {
    const nameless = await talk.connect(clientId);
    await talk.ask(nameless, 'without a client id', joinGroup, 9, joinBody(group));
  }
}

/** All that can be said to a group of one, in every version. */
export async function groupOfOne(talk: Talk): Promise<void> {
  for (const version of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) await groupOfOneIn(talk, version);
}

async function groupOfOneIn(talk: Talk, version: number): Promise<void> {
  const client = await talk.connect('one');
  const groupId = talk.group(`of-one-${version}`);
  const joined = await join(client, groupId, {}, version);
  talk.note(`JoinGroup ${version} of the first`, joined);
  const { memberId, generationId } = joined;
  const seat = { groupId, memberId, generationId };
  await talk.reached(groupId, 'CompletingRebalance', 1);
  const say = sayingIn(talk, client, seat, version);
  await say.describe('that waits for its assignment');
  await say.heartbeat('before the assignment');
  await say.join('again', { memberId });
  for (const wrong of [
    { generationId: 9 },
    { memberId: 'x' },
    { groupId: '' },
    { groupId: 'g-x' },
  ]) {
    const what = `with ${JSON.stringify(wrong)}`;
    await say.sync(what, wrong);
    await say.heartbeat(what, wrong);
    await say.leave(what, { memberId: 'x', ...wrong });
  }
  for (const wrong of [{ protocolType: 'x' }, { protocolName: 'x' }, { protocolType: null }]) {
    await say.sync(`with ${JSON.stringify(wrong)}`, wrong);
  }
  if (version >= 3) await say.sync('with an instance', { groupInstanceId: 'x' });
  if (version >= 3) await say.heartbeat('with an instance', { groupInstanceId: 'x' });
  await say.sync('of the leader', { assignments: [{ memberId, assignment: bytes('all') }] });
  await say.sync('again');
  await talk.reached(groupId, 'Stable', 1);
  await say.describe('that is stable');
  await say.heartbeat('of a stable group');
  await say.join('with another type', { memberId, protocolType: 'connect' });
  await say.join('with another protocol', { memberId, protocols: protocolsOf('sticky') });
  await say.join('of the leader', { memberId });
  await say.join('with more', { memberId, protocols: protocolsOf('range', 'sticky') });
  await say.join('in another order', { memberId, protocols: protocolsOf('sticky', 'range') });
  const names = { groupsNames: [groupId, 'g-x', groupId] };
  await talk.ask(client, 'with a member', deleteGroups, Math.min(version, 2), names);
  await say.leave('of the last');
  await talk.reached(groupId, 'Empty', 0);
  await say.describe('that is empty');
  await say.heartbeat('after leaving');
  await say.sync('after leaving');
  await say.join('after leaving', { memberId });
  await talk.ask(client, 'that is empty', deleteGroups, Math.min(version, 2), names);
  await say.describe('that is deleted');
}

/** Requests of a member, in the version or the highest below it. */
function sayingIn(talk: Talk, client: BrokerClient, seat: Seat, version: number) {
  const { groupId, memberId } = seat;
  return {
    join: (what: string, facts: object) =>
      talk.ask(client, what, joinGroup, version, joinBody(groupId, facts)),
    sync: (what: string, facts: object = {}) => {
      const body = { ...seat, ...protocol, assignments: [], ...facts };
      return talk.ask(client, what, syncGroup, Math.min(version, 5), body);
    },
    heartbeat: (what: string, facts: object = {}) =>
      talk.ask(client, what, heartbeat, Math.min(version, 4), { ...seat, ...facts }),
    leave: (what: string, facts: object = {}) => {
      const body = { groupId, memberId, ...facts };
      const members = [{ memberId: body.memberId, groupInstanceId: null }];
      return talk.ask(client, what, leaveGroup, Math.min(version, 5), { ...body, members });
    },
    describe: async (what: string) => {
      const body = { groups: [groupId], includeAuthorizedOperations: true };
      await talk.ask(client, what, describeGroups, Math.min(version, 6), body);
      const { groups, ...rest } = await client.send(listGroups, Math.min(version, 5), {});
      talk.note(`ListGroups ${what}`, {
        ...rest,
        groups: groups.filter((each) => each.groupId === groupId),
      });
    },
  };
}

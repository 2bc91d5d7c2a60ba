import { describeGroups } from '../../../src/broker/apis/describe-groups.ts';
import { heartbeat } from '../../../src/broker/apis/heartbeat.ts';
import { joinGroup } from '../../../src/broker/apis/join-group.ts';
import { leaveGroup } from '../../../src/broker/apis/leave-group.ts';
import { offsetCommit } from '../../../src/broker/apis/offset-commit.ts';
import { syncGroup } from '../../../src/broker/apis/sync-group.ts';
import type { BrokerClient } from '../../support/broker-client.ts';
import { bytes } from '../../support/group-rig.ts';
import { join, joinBody, protocolsOf, type Seat } from './group-scripts.ts';
import type { Talk } from './talk.ts';

const seatOf = (groupId: string, answer: Omit<Seat, 'groupId'>, instance?: string): Seat => ({
  groupId,
  memberId: answer.memberId,
  generationId: answer.generationId,
  ...(instance === undefined ? {} : { groupInstanceId: instance }),
});

const syncBody = (seat: Seat, assignments: Readonly<Record<string, string>> = {}) => ({
  ...seat,
  protocolType: 'consumer',
  protocolName: 'range',
  assignments: Object.entries(assignments).map(([memberId, text]) => ({
    memberId,
    assignment: bytes(text),
  })),
});

/** A member that has the group to itself. */
async function alone(talk: Talk, groupId: string, facts: object = {}) {
  const client = await talk.connect('one');
  const seat = seatOf(groupId, await join(client, groupId, facts));
  await client.send(syncGroup, 5, syncBody(seat, { [seat.memberId]: 'all' }));
  await talk.reached(groupId, 'Stable', 1);
  return { client, seat };
}

export async function secondMember(talk: Talk): Promise<void> {
  const groupId = talk.group('second');
  const one = await alone(talk, groupId);
  const two = { client: await talk.connect('two') };
  const joining = join(two.client, groupId);
  await talk.reached(groupId, 'PreparingRebalance', 2);
  const commit = { ...one.seat, generationIdOrMemberEpoch: one.seat.generationId, topics: [] };
  await talk.ask(one.client, 'that rebalances', describeGroups, 6, { groups: [groupId] });
  await talk.ask(one.client, 'in a rebalance', heartbeat, 4, one.seat);
  await talk.ask(one.client, 'in a rebalance', syncGroup, 5, syncBody(one.seat));
  await talk.ask(one.client, 'in a rebalance', offsetCommit, 8, commit);
  const { memberId } = one.seat;
  const leading = await talk.ask(
    one.client,
    'of the first',
    joinGroup,
    9,
    joinBody(groupId, { memberId }),
  );
  const following = await joining;
  talk.note('JoinGroup of the second', following);
  const leader = seatOf(groupId, leading);
  const follower = seatOf(groupId, following);
  const waiting = two.client.send(syncGroup, 5, syncBody(follower));
  await talk.ask(one.client, 'before the assignment', heartbeat, 4, leader);
  const halves = { [follower.memberId]: 'half', stranger: 'half' };
  await talk.ask(one.client, 'that forgets itself', syncGroup, 5, syncBody(leader, halves));
  talk.note('SyncGroup of the second', await waiting);
  const again = joinBody(groupId, { memberId: follower.memberId });
  await talk.ask(two.client, 'again of the follower', joinGroup, 9, again);
  await talk.ask(two.client, 'again of the follower', syncGroup, 5, syncBody(follower));
  const changing = two.client.send(joinGroup, 9, {
    ...again,
    protocols: protocolsOf('range', 'sticky'),
  });
  await talk.reached(groupId, 'PreparingRebalance', 2);
  const members = [{ memberId, groupInstanceId: null, reason: 'done' }];
  await talk.ask(one.client, 'of the leader', leaveGroup, 5, { groupId, members });
  talk.note('JoinGroup of the one that is left', await changing);
  await leave(talk, two.client, follower);
}

/** A member that comes between JoinGroup and SyncGroup. */
export async function interruptedSync(talk: Talk): Promise<void> {
  const groupId = talk.group('interrupted');
  const one = await alone(talk, groupId);
  const two = await talk.connect('two');
  const joining = join(two, groupId);
  await talk.reached(groupId, 'PreparingRebalance', 2);
  const { memberId } = one.seat;
  await one.client.send(joinGroup, 9, joinBody(groupId, { memberId }));
  const follower = seatOf(groupId, await joining);
  const waiting = two.send(syncGroup, 5, syncBody(follower));
  const three = await talk.connect('three');
  const newcomer = join(three, groupId);
  talk.note('SyncGroup that a newcomer interrupts', await waiting);
  await leave(talk, one.client, one.seat);
  await leave(talk, two, follower);
  talk.note('JoinGroup of the newcomer', await newcomer);
}

/** Who does not join again within the rebalance timeout is removed; a static member is not. */
export async function absentMembers(talk: Talk): Promise<void> {
  for (const instance of [null, 'one']) {
    const groupId = talk.group(`absent-${instance}`);
    const facts = { rebalanceTimeoutMs: 1500, groupInstanceId: instance };
    const one = await alone(talk, groupId, facts);
    const two = await talk.connect('two');
    talk.note(
      'JoinGroup of one who has waited',
      await join(two, groupId, { rebalanceTimeoutMs: 500 }),
    );
    await talk.ask(one.client, 'of an absent one', heartbeat, 4, one.seat);
  }
}

/** Who does not ask for its assignment is removed. */
export async function absentAssignment(talk: Talk): Promise<void> {
  const groupId = talk.group('unassigned');
  const client = await talk.connect('one');
  const seat = seatOf(groupId, await join(client, groupId, { rebalanceTimeoutMs: 1000 }));
  await talk.reached(groupId, 'Empty', 0);
  await talk.ask(client, 'of a removed one', heartbeat, 4, seat);
  await talk.ask(client, 'of a removed one', describeGroups, 6, { groups: [groupId] });
}

export async function staticMember(talk: Talk): Promise<void> {
  const groupId = talk.group('static');
  const facts = { groupInstanceId: 'one' };
  const old = await talk.connect('one');
  const first = await talk.ask(old, 'of a static one', joinGroup, 9, joinBody(groupId, facts));
  const former = seatOf(groupId, first, 'one');
  const all = { [first.memberId]: 'all' };
  await talk.ask(old, 'of a static one', syncGroup, 5, syncBody(former, all));
  await talk.reached(groupId, 'Stable', 1);
  let seat = former;
  for (const version of [5, 7, 9]) {
    const client = await talk.connect(`start ${version}`);
    const body = joinBody(groupId, facts);
    seat = seatOf(
      groupId,
      await talk.ask(client, 'started again', joinGroup, version, body),
      'one',
    );
    await talk.ask(client, 'started again', syncGroup, 5, syncBody(seat));
    await fencedOff(talk, old, former);
  }
  const changed = joinBody(groupId, { ...facts, protocols: protocolsOf('range', 'sticky') });
  await talk.ask(old, 'started with more', joinGroup, 9, changed);
  await talk.ask(old, 'of static ones', describeGroups, 6, { groups: [groupId] });
  const members = [
    { memberId: '', groupInstanceId: 'two' },
    { memberId: 'x', groupInstanceId: 'one' },
    { memberId: '', groupInstanceId: 'one' },
    { memberId: '', groupInstanceId: 'one' },
  ];
  await talk.ask(old, 'by instance', leaveGroup, 5, { groupId, members });
}

/** All that a process can still say whose place was taken by another. */
async function fencedOff(talk: Talk, client: BrokerClient, seat: Seat): Promise<void> {
  const { groupId, memberId } = seat;
  const { groupInstanceId: _, ...dynamic } = seat;
  const body = joinBody(groupId, { memberId, groupInstanceId: 'one' });
  await talk.ask(client, 'of a fenced one', heartbeat, 4, seat);
  await talk.ask(client, 'of a fenced one without its instance', heartbeat, 4, dynamic);
  await talk.ask(client, 'of a fenced one', syncGroup, 5, syncBody(seat));
  await talk.ask(client, 'of a fenced one', joinGroup, 9, body);
  const members = [{ memberId, groupInstanceId: 'one' }];
  await talk.ask(client, 'of a fenced one', leaveGroup, 5, { groupId, members });
}

/** A static member that starts again while its first start still waits. */
export async function staticMemberTwice(talk: Talk): Promise<void> {
  const groupId = talk.group('twice');
  const one = await alone(talk, groupId);
  const facts = { groupInstanceId: 'two' };
  const before = (await talk.connect('two')).send(joinGroup, 9, joinBody(groupId, facts));
  await talk.reached(groupId, 'PreparingRebalance', 2);
  const client = await talk.connect('two');
  const after = client.send(joinGroup, 9, joinBody(groupId, facts));
  talk.note('JoinGroup of the first start', await before);
  await leave(talk, one.client, one.seat);
  talk.note('JoinGroup of the second start', await after);
}

async function leave(talk: Talk, client: BrokerClient, { groupId, memberId }: Seat): Promise<void> {
  const members = [{ memberId, groupInstanceId: null }];
  await talk.ask(client, 'of a member', leaveGroup, 5, { groupId, members });
}

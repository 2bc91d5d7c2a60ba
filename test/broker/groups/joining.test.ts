import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answerOf,
  bytes,
  GroupRig,
  joinRequest,
  protocols,
  type Seat,
} from '../../support/group-rig.ts';

const first = (seats: readonly Seat[]): Seat => seats[0] as Seat;
const second = (seats: readonly Seat[]): Seat => seats[1] as Seat;

test('one who has no id yet is sent back with one, and is expected for as long as a session lasts', async () => {
  const rig = new GroupRig();
  const { error, memberId, generationId } = answerOf(await rig.join({ mustKnowId: true }));
  assert.equal(error, 'MEMBER_ID_REQUIRED');
  assert.match(memberId, /^client-[0-9a-f-]{36}$/);
  assert.equal(generationId, -1);
  await rig.advance(10_000);
  assert.equal(answerOf(await rig.join({ memberId })).error, 'UNKNOWN_MEMBER_ID');
});

test('an id that was given out makes its bearer a member', async () => {
  const rig = new GroupRig();
  const { memberId } = answerOf(await rig.join({ mustKnowId: true }));
  const joining = await rig.join({ memberId, mustKnowId: true });
  await rig.advance(0);
  assert.deepEqual(answerOf(joining), {
    error: 'NONE',
    memberId,
    generationId: 1,
    protocolType: 'consumer',
    protocolName: 'range',
    leader: memberId,
    skipAssignment: false,
    members: [{ memberId, instanceId: null, metadata: bytes('of range') }].map((member) => ({
      ...member,
      metadata: Uint8Array.from(member.metadata),
    })),
  });
});

test('a rebalance waits for those who were given an id', async () => {
  const rig = new GroupRig();
  const leader = first(await rig.settle({}));
  const { memberId } = answerOf(await rig.join({ mustKnowId: true }));
  const again = await rig.join({ memberId: leader.memberId });
  assert.equal(again.answer, null);
  const newcomer = await rig.join({ memberId });
  assert.equal(answerOf(again).generationId, 2);
  assert.equal(answerOf(newcomer).generationId, 2);
});

test('an older client is a member at once', async () => {
  const rig = new GroupRig();
  const joining = await rig.join({ mustKnowId: false });
  await rig.advance(0);
  assert.equal(answerOf(joining).error, 'NONE');
});

for (const [what, facts] of [
  ['another type of protocol', { protocolType: 'connect' }],
  ['no protocol that all others have', { protocols: protocols('roundrobin', 'sticky') }],
  ['no protocol at all', { protocols: [] }],
] as const) {
  test(`one with ${what} cannot join`, async () => {
    const rig = new GroupRig();
    await rig.settle({ protocols: protocols('range', 'roundrobin') }, {});
    assert.equal(answerOf(await rig.join(facts)).error, 'INCONSISTENT_GROUP_PROTOCOL');
    assert.equal(rig.group.state, 'Stable');
  });
}

for (const facts of [{ protocolType: '' }, { protocols: [] }]) {
  test(`the first member must name a type and a protocol, not ${JSON.stringify(facts)}`, async () => {
    const rig = new GroupRig();
    assert.equal(answerOf(await rig.join(facts)).error, 'INCONSISTENT_GROUP_PROTOCOL');
  });
}

test('an id that the group did not give is refused', async () => {
  const rig = new GroupRig();
  await rig.settle({});
  const { error, memberId } = answerOf(await rig.join({ memberId: 'stranger' }));
  assert.deepEqual([error, memberId], ['UNKNOWN_MEMBER_ID', 'stranger']);
});

test('a full group takes nobody, but its own members again', async () => {
  const rig = new GroupRig({ maxMembers: 2 });
  const seats = await rig.settle({}, {});
  const { error, memberId } = answerOf(await rig.join());
  assert.deepEqual([error, memberId], ['GROUP_MAX_SIZE_REACHED', '']);
  const again = await rig.join({ memberId: second(seats).memberId });
  assert.equal(answerOf(again).error, 'NONE');
});

test('a full group that rebalances takes the first to come, and drops the member that comes too late', async () => {
  const rig = new GroupRig({ maxMembers: 2 });
  const seats = await rig.settle({}, {});
  const leader = await rig.join({ memberId: first(seats).memberId });
  const newcomer = await rig.join();
  const late = await rig.join({ memberId: second(seats).memberId });
  assert.equal(answerOf(late).error, 'GROUP_MAX_SIZE_REACHED');
  const again = await rig.join({ memberId: first(seats).memberId });
  assert.equal(answerOf(leader).error, 'REBALANCE_IN_PROGRESS');
  assert.equal(answerOf(again).generationId, 2);
  assert.equal(answerOf(newcomer).generationId, 2);
});

test('a follower that joins a stable group again unchanged is told the generation it is in', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({}, {});
  const again = answerOf(await rig.join({ memberId: second(seats).memberId }));
  assert.deepEqual([again.generationId, again.members.length], [1, 0]);
  assert.equal(rig.group.state, 'Stable');
});

test('a follower that joins a stable group again with other metadata begins a rebalance', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({}, {});
  const changed = [{ name: 'range', metadata: bytes('other topics') }];
  const again = await rig.join({ memberId: second(seats).memberId, protocols: changed });
  assert.equal(again.answer, null);
  assert.equal(rig.group.state, 'PreparingRebalance');
});

test('the leader of a stable group begins a rebalance by joining again', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({}, {});
  const again = await rig.join({ memberId: first(seats).memberId });
  assert.equal(again.answer, null);
  assert.equal(rig.group.state, 'PreparingRebalance');
});

test('a member that joins again before the assignment gets the same answer again', async () => {
  const rig = new GroupRig();
  const joining = await rig.join();
  await rig.advance(0);
  const { memberId } = answerOf(joining);
  assert.deepEqual(answerOf(await rig.join({ memberId })), answerOf(joining));
});

test('a member that asks a second time ends its first wait', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({}, {});
  const before = await rig.join({ memberId: first(seats).memberId });
  const after = await rig.join({ memberId: first(seats).memberId });
  assert.equal(answerOf(before).error, 'REBALANCE_IN_PROGRESS');
  assert.equal(after.answer, null);
});

test('a static member that starts again takes its place back without a rebalance', async () => {
  const rig = new GroupRig();
  const leader = first(await rig.settle({ instanceId: 'one' }));
  const again = answerOf(await rig.join({ instanceId: 'one' }));
  assert.equal(again.generationId, 1);
  assert.notEqual(again.memberId, leader.memberId);
  assert.equal(again.leader, again.memberId);
  assert.equal(again.skipAssignment, true);
  assert.equal(again.members.length, 1);
  assert.equal(rig.group.state, 'Stable');
});

test('its assignment waits for it, also when its metadata has changed', async () => {
  const rig = new GroupRig();
  const joining = await rig.join({ instanceId: 'one' });
  await rig.advance(0);
  const { memberId, generationId } = answerOf(joining);
  await rig.sync({ memberId, generationId, instanceId: 'one' }, { [memberId]: 'all of it' });
  const metadata = bytes('changed');
  const again = answerOf(
    await rig.join({ instanceId: 'one', protocols: [{ name: 'range', metadata }] }),
  );
  const synced = await rig.sync({
    memberId: again.memberId,
    generationId: 1,
    instanceId: 'one',
  });
  assert.deepEqual(Buffer.from(answerOf(synced).assignment).toString(), 'all of it');
});

test('an older static leader is told that its predecessor leads, so that it assigns nothing', async () => {
  const rig = new GroupRig();
  const leader = first(await rig.settle({ instanceId: 'one' }));
  const again = answerOf(await rig.join({ instanceId: 'one', canSkipAssignment: false }));
  assert.equal(again.leader, leader.memberId);
  assert.deepEqual(again.members, []);
  assert.equal(again.skipAssignment, false);
});

test('who still has the old id of a static member is fenced', async () => {
  const rig = new GroupRig();
  const old = first(await rig.settle({ instanceId: 'one' }));
  await rig.join({ instanceId: 'one' });
  const late = await rig.join({ memberId: old.memberId, instanceId: 'one' });
  assert.equal(answerOf(late).error, 'FENCED_INSTANCE_ID');
});

test('a static member that starts again while it waits fences its own wait', async () => {
  const rig = new GroupRig();
  await rig.settle({});
  const before = await rig.join({ instanceId: 'one' });
  const after = await rig.join({ instanceId: 'one' });
  assert.equal(answerOf(before).error, 'FENCED_INSTANCE_ID');
  assert.equal(after.answer, null);
});

test('a static member that starts again before the assignment begins a rebalance', async () => {
  const rig = new GroupRig();
  const leader = await rig.join();
  const joining = await rig.join({ instanceId: 'one' });
  await rig.advance(0);
  assert.equal(answerOf(joining).generationId, 1);
  const again = await rig.join({ instanceId: 'one' });
  assert.equal(rig.group.state, 'PreparingRebalance');
  await rig.join({ memberId: answerOf(leader).memberId });
  assert.equal(answerOf(again).generationId, 2);
});

test('a static member that starts again with a change of the common protocol begins a rebalance', async () => {
  const rig = new GroupRig();
  await rig.settle(
    { instanceId: 'one', protocols: protocols('range', 'sticky') },
    { protocols: protocols('range', 'sticky') },
  );
  assert.equal(rig.group.protocolName, 'range');
  const again = await rig.join({ instanceId: 'one', protocols: protocols('sticky') });
  assert.equal(again.answer, null);
  assert.equal(rig.group.state, 'PreparingRebalance');
});

test('a static member is named after its instance', async () => {
  const rig = new GroupRig();
  const seat = first(await rig.settle({ instanceId: 'one' }));
  assert.match(seat.memberId, /^one-[0-9a-f-]{36}$/);
});

test('an id that was given out is not for a static member', async () => {
  const rig = new GroupRig();
  const { memberId } = answerOf(await rig.join({ mustKnowId: true }));
  const { error } = answerOf(await rig.join({ memberId, instanceId: 'one' }));
  assert.equal(error, 'UNKNOWN_SERVER_ERROR');
});

test('what a member said is kept as it was, whatever becomes of the memory it came in', async () => {
  const rig = new GroupRig();
  const metadata = Buffer.from('as sent');
  const joining = rig.group.join(joinRequest({ protocols: [{ name: 'range', metadata }] }));
  metadata.fill(0);
  await rig.advance(0);
  const [member] = (await joining).members;
  assert.equal(Buffer.from(member?.metadata ?? []).toString(), 'as sent');
});

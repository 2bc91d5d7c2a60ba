import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answerOf,
  bytes,
  GroupRig,
  refusalOf,
  type Seat,
  seatOf,
} from '../../support/group-rig.ts';

const first = (seats: readonly Seat[]): Seat => seats[0] as Seat;
const second = (seats: readonly Seat[]): Seat => seats[1] as Seat;

/** A generation that has begun and waits for its assignment; the leader first. */
async function completing(rig: GroupRig, count: number): Promise<Seat[]> {
  const asked = await Promise.all(Array.from({ length: count }, () => rig.join()));
  await rig.advance(0);
  const seats = asked.map((each) => seatOf(answerOf(each)));
  return seats.sort((a) => (a.memberId === rig.group.leaderId ? -1 : 1));
}

test('the assignment that the leader sends reaches every member', async () => {
  const rig = new GroupRig();
  const seats = await completing(rig, 2);
  const waiting = await rig.sync(second(seats));
  assert.equal(waiting.answer, null);
  const own = await rig.sync(first(seats), {
    [first(seats).memberId]: 'one half',
    [second(seats).memberId]: 'the other',
  });
  assert.equal(Buffer.from(answerOf(own).assignment).toString(), 'one half');
  assert.equal(Buffer.from(answerOf(waiting).assignment).toString(), 'the other');
  assert.equal(answerOf(waiting).protocolName, 'range');
});

test('a member that the leader forgets gets an empty assignment, not the one it had', async () => {
  const rig = new GroupRig();
  const seats = await completing(rig, 2);
  const { memberId } = second(seats);
  await rig.sync(second(seats));
  await rig.sync(first(seats), { [memberId]: 'all' });
  await rig.join({ memberId: first(seats).memberId });
  await rig.join({ memberId });
  const waiting = await rig.sync({ ...second(seats), generationId: 2 });
  await rig.sync({ ...first(seats), generationId: 2 }, { stranger: 'all' });
  assert.equal(answerOf(waiting).error, 'NONE');
  assert.equal(answerOf(waiting).assignment.length, 0);
});

test('a member that asks twice at the same time ends its first wait', async () => {
  const rig = new GroupRig();
  const seats = await completing(rig, 2);
  const before = await rig.sync(second(seats));
  const after = await rig.sync(second(seats));
  assert.equal(answerOf(before).error, 'REBALANCE_IN_PROGRESS');
  await rig.sync(first(seats));
  assert.equal(answerOf(after).error, 'NONE');
});

test('a member that asks for its assignment once more gets it again', async () => {
  const rig = new GroupRig();
  const seats = await completing(rig, 1);
  await rig.sync(first(seats), { [first(seats).memberId]: 'all' });
  const again = answerOf(await rig.sync(first(seats)));
  assert.equal(Buffer.from(again.assignment).toString(), 'all');
});

test('only a member of the generation is given an assignment', async () => {
  const rig = new GroupRig();
  const seat = first(await rig.settle({}));
  const errors = [
    { ...seat, memberId: 'stranger' },
    { ...seat, generationId: 0 },
    { ...seat, generationId: 2 },
    { ...seat, instanceId: 'one' },
  ].map(async (each) => answerOf(await rig.sync(each)).error);
  assert.deepEqual(await Promise.all(errors), [
    'UNKNOWN_MEMBER_ID',
    'ILLEGAL_GENERATION',
    'ILLEGAL_GENERATION',
    'UNKNOWN_MEMBER_ID',
  ]);
});

test('a member that means another protocol is given no assignment', async () => {
  const rig = new GroupRig();
  const seat = first(await rig.settle({}));
  const request = { ...seat, protocolType: 'consumer', protocolName: 'range' };
  const errorOf = async (wrong: object) =>
    (await rig.group.sync({ ...request, assignments: new Map(), ...wrong })).error;
  assert.equal(await errorOf({}), 'NONE');
  assert.equal(await errorOf({ protocolType: 'connect' }), 'INCONSISTENT_GROUP_PROTOCOL');
  assert.equal(await errorOf({ protocolName: 'sticky' }), 'INCONSISTENT_GROUP_PROTOCOL');
});

test('during a rebalance a heartbeat says so and renews the session', async () => {
  const rig = new GroupRig();
  const seat = first(await rig.settle({ sessionTimeoutMs: 10_000 }));
  await rig.join();
  for (let i = 0; i < 3; i++) {
    await rig.advance(9000);
    assert.equal(
      refusalOf(() => rig.group.heartbeat(seat)),
      'REBALANCE_IN_PROGRESS',
    );
  }
});

test('between JoinGroup and SyncGroup a heartbeat is good', async () => {
  const rig = new GroupRig();
  const seats = await completing(rig, 2);
  assert.equal(
    refusalOf(() => rig.group.heartbeat(second(seats))),
    'NONE',
  );
});

test('a heartbeat of a stranger, of another generation, or of a fenced instance is refused', async () => {
  const rig = new GroupRig();
  const seat = first(await rig.settle({ instanceId: 'one' }));
  const errorOf = (wrong: Partial<Seat>) =>
    refusalOf(() => rig.group.heartbeat({ ...seat, ...wrong }));
  assert.equal(errorOf({}), 'NONE');
  assert.equal(errorOf({ memberId: 'x', instanceId: null }), 'UNKNOWN_MEMBER_ID');
  assert.equal(errorOf({ generationId: 2 }), 'ILLEGAL_GENERATION');
  assert.equal(errorOf({ memberId: 'x' }), 'FENCED_INSTANCE_ID');
  assert.equal(errorOf({ instanceId: 'two' }), 'UNKNOWN_MEMBER_ID');
});

test('a member that is not heard of for a session is removed, and the others rebalance', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({ sessionTimeoutMs: 10_000 }, { sessionTimeoutMs: 20_000 });
  await rig.advance(10_000);
  assert.equal(rig.group.members.length, 1);
  assert.equal(rig.group.state, 'PreparingRebalance');
  const left = seats.find(({ memberId }) => memberId === rig.group.leaderId);
  assert.ok(left);
  const again = answerOf(await rig.join({ memberId: left.memberId }));
  assert.equal(again.generationId, 2);
});

test('a member that waits is not missed, however long it takes', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({ sessionTimeoutMs: 6000 }, { sessionTimeoutMs: 60_000 });
  const quick = seats.find(({ memberId }) => rig.group.members[0]?.id === memberId);
  assert.ok(quick);
  const changed = [{ name: 'range', metadata: bytes('changed') }];
  const again = await rig.join({
    memberId: quick.memberId,
    sessionTimeoutMs: 6000,
    protocols: changed,
  });
  await rig.advance(29_999);
  assert.equal(again.answer, null);
  await rig.advance(1);
  assert.equal(answerOf(again).error, 'NONE');
});

test('the first wait of a member is bounded, since nobody sees it disconnect', async () => {
  const rig = new GroupRig({ newMemberTimeoutMs: 20_000 });
  const seat = first(await rig.settle({ sessionTimeoutMs: 100_000, rebalanceTimeoutMs: 90_000 }));
  const newcomer = await rig.join();
  await rig.advance(20_000);
  assert.deepEqual(
    [answerOf(newcomer).error, answerOf(newcomer).memberId],
    ['UNKNOWN_MEMBER_ID', ''],
  );
  assert.deepEqual(
    rig.group.members.map(({ id }) => id),
    [seat.memberId],
  );
});

test('a test can end a session, and force a rebalance', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({}, {});
  rig.group.endSession(second(seats).memberId);
  assert.equal(rig.group.members.length, 1);
  await rig.join({ memberId: first(seats).memberId });
  await rig.sync({ ...first(seats), generationId: 2 });
  rig.group.rebalance();
  assert.equal(rig.group.state, 'PreparingRebalance');
});

test('members leave by their ids, static ones also by their instance, and each outcome is told', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({ instanceId: 'one' }, { instanceId: 'two' }, {});
  const dynamic = seats.find(({ instanceId }) => instanceId === null);
  const two = seats.find(({ instanceId }) => instanceId === 'two');
  assert.ok(dynamic && two);
  assert.deepEqual(
    rig.group.leave([
      { memberId: '', instanceId: 'one' },
      { memberId: '', instanceId: 'one' },
      { memberId: 'stranger', instanceId: 'two' },
      { memberId: '', instanceId: null },
      { memberId: dynamic.memberId, instanceId: 'two' },
      dynamic,
      two,
    ]),
    [
      'NONE',
      'UNKNOWN_MEMBER_ID',
      'FENCED_INSTANCE_ID',
      'UNKNOWN_MEMBER_ID',
      'FENCED_INSTANCE_ID',
      'NONE',
      'NONE',
    ],
  );
  assert.equal(rig.group.state, 'Empty');
});

test('when nobody could leave, nothing rebalances', async () => {
  const rig = new GroupRig();
  await rig.settle({});
  rig.group.leave([{ memberId: 'stranger', instanceId: null }]);
  assert.equal(rig.group.state, 'Stable');
});

test('a member that leaves ends the rebalance that waited for it', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({}, {});
  const again = await rig.join({ memberId: first(seats).memberId });
  rig.group.leave([second(seats)]);
  await rig.advance(0);
  assert.equal(answerOf(again).generationId, 2);
});

test('one who was given an id can give it back', async () => {
  const rig = new GroupRig();
  const { memberId } = answerOf(await rig.join({ mustKnowId: true }));
  assert.deepEqual(rig.group.leave([{ memberId, instanceId: null }]), ['NONE']);
  assert.equal(answerOf(await rig.join({ memberId })).error, 'UNKNOWN_MEMBER_ID');
  assert.equal(rig.group.state, 'Empty');
});

test('a member that is removed while it waits is told', async () => {
  const rig = new GroupRig();
  const seats = await completing(rig, 2);
  const waiting = await rig.sync(second(seats));
  rig.group.leave([second(seats)]);
  await rig.advance(0);
  assert.equal(answerOf(waiting).error, 'UNKNOWN_MEMBER_ID');
});

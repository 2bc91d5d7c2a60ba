import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerOf, GroupRig, protocols, type Seat, seatOf } from '../../support/group-rig.ts';

const first = (seats: readonly Seat[]): Seat => seats[0] as Seat;
const second = (seats: readonly Seat[]): Seat => seats[1] as Seat;

test('the first member of a group waits for others until the delay is over', async () => {
  const rig = new GroupRig({ initialRebalanceDelayMs: 3000 });
  const one = await rig.join();
  await rig.advance(2999);
  assert.equal(one.answer, null);
  await rig.advance(1);
  assert.equal(answerOf(one).members.length, 1);
});

test('each wait in which a member came is followed by another, up to the rebalance timeout', async () => {
  const rig = new GroupRig({ initialRebalanceDelayMs: 3000 });
  const one = await rig.join({ rebalanceTimeoutMs: 8000 });
  await rig.advance(1000);
  const two = await rig.join({ rebalanceTimeoutMs: 8000 });
  await rig.advance(2000);
  assert.equal(one.answer, null);
  await rig.advance(2000);
  const three = await rig.join({ rebalanceTimeoutMs: 8000 });
  await rig.advance(1000);
  assert.equal(one.answer, null);
  await rig.join({ rebalanceTimeoutMs: 8000 });
  await rig.advance(2000);
  assert.deepEqual(
    [one, two, three].map((each) => answerOf(each).generationId),
    [1, 1, 1],
  );
});

test('with no delay a group of one begins in the same moment', async () => {
  const rig = new GroupRig({ initialRebalanceDelayMs: 0 });
  const one = await rig.join();
  await rig.advance(0);
  assert.equal(answerOf(one).generationId, 1);
});

test('a rebalance ends as soon as all members have joined again', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({}, {});
  const three = await rig.join();
  const one = await rig.join({ memberId: first(seats).memberId });
  assert.equal(three.answer, null);
  const two = await rig.join({ memberId: second(seats).memberId });
  assert.deepEqual(
    [one, two, three].map((each) => answerOf(each).generationId),
    [2, 2, 2],
  );
  assert.equal(rig.group.state, 'CompletingRebalance');
});

test('only the leader is told who the members are', async () => {
  const rig = new GroupRig();
  const asked = [await rig.join(), await rig.join(), await rig.join()];
  await rig.advance(0);
  const answers = asked.map(answerOf);
  assert.deepEqual(
    answers.map(({ members }) => members.length),
    [3, 0, 0],
  );
  assert.equal(new Set(answers.map(({ leader }) => leader)).size, 1);
});

test('the longest rebalance timeout of the members counts, and who has not joined by then is removed', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle(
    { rebalanceTimeoutMs: 5000, sessionTimeoutMs: 100_000 },
    { rebalanceTimeoutMs: 20_000, sessionTimeoutMs: 100_000 },
  );
  const three = await rig.join({ rebalanceTimeoutMs: 1000 });
  await rig.join({ memberId: first(seats).memberId, rebalanceTimeoutMs: 5000 });
  await rig.advance(19_999);
  assert.equal(three.answer, null);
  await rig.advance(1);
  assert.equal(answerOf(three).generationId, 2);
  assert.equal(rig.group.members.length, 2);
});

test('when the leader has not joined again, a member that has leads the generation', async () => {
  const rig = new GroupRig();
  await rig.settle({ sessionTimeoutMs: 100_000 });
  const two = await rig.join();
  await rig.advance(30_000);
  const { leader, memberId, members } = answerOf(two);
  assert.equal(leader, memberId);
  assert.equal(members.length, 1);
});

test('a static member that has not joined again stays for as long as its session lasts', async () => {
  const rig = new GroupRig();
  await rig.settle({ instanceId: 'one', sessionTimeoutMs: 100_000 });
  const two = await rig.join();
  await rig.advance(30_000);
  assert.equal(answerOf(two).members.length, 2);
});

test('a rebalance in which nobody has joined goes on until the sessions end', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({ instanceId: 'one', sessionTimeoutMs: 45_000 }, {});
  rig.group.leave([second(seats)]);
  await rig.advance(30_000);
  assert.equal(rig.group.state, 'PreparingRebalance');
  await rig.advance(15_000);
  assert.equal(rig.group.state, 'Empty');
});

test('the protocol is the one that most members want of those that all have', async () => {
  const rig = new GroupRig();
  await rig.settle(
    { protocols: protocols('range', 'sticky') },
    { protocols: protocols('mine', 'sticky', 'range') },
    { protocols: protocols('mine', 'sticky', 'range') },
  );
  assert.equal(rig.group.protocolName, 'sticky');
});

test('a new member between JoinGroup and SyncGroup sends those back who wait for their assignment', async () => {
  const rig = new GroupRig();
  const asked = [await rig.join(), await rig.join()];
  await rig.advance(0);
  const follower = asked.map(answerOf).find(({ leader, memberId }) => leader !== memberId);
  assert.ok(follower);
  const waiting = await rig.sync(seatOf(follower));
  await rig.join();
  assert.equal(answerOf(waiting).error, 'REBALANCE_IN_PROGRESS');
});

test('who does not ask for an assignment within the rebalance timeout is removed', async () => {
  const rig = new GroupRig();
  const facts = { sessionTimeoutMs: 100_000, rebalanceTimeoutMs: 10_000 };
  const asked = [await rig.join(facts), await rig.join(facts)];
  await rig.advance(0);
  const leader = asked.map(answerOf).find(({ leader: id, memberId }) => id === memberId);
  assert.ok(leader);
  await rig.sync(seatOf(leader));
  assert.equal(rig.group.state, 'Stable');
  await rig.advance(10_000);
  assert.deepEqual(
    rig.group.members.map(({ id }) => id),
    [leader.memberId],
  );
  assert.equal(rig.group.state, 'PreparingRebalance');
});

test('who left before it asked is not waited for in the next generation', async () => {
  const rig = new GroupRig();
  const facts = { sessionTimeoutMs: 100_000, rebalanceTimeoutMs: 10_000 };
  const asked = [await rig.join(facts), await rig.join(facts)];
  await rig.advance(0);
  const [stays, leaves] = asked.map((each) => seatOf(answerOf(each)));
  assert.ok(stays && leaves);
  rig.group.leave([leaves]);
  await rig.join({ ...facts, memberId: stays.memberId });
  await rig.sync({ ...stays, generationId: 2 });
  await rig.advance(10_000);
  assert.equal(rig.group.state, 'Stable');
});

test('a member whose wait for the assignment was long has a fresh session afterwards', async () => {
  const rig = new GroupRig();
  const facts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 60_000 };
  const asked = [await rig.join(facts), await rig.join(facts)];
  await rig.advance(0);
  const [leader, follower] = asked
    .map(answerOf)
    .sort((a) => (a.leader === a.memberId ? -1 : 1))
    .map((answer) => seatOf(answer));
  assert.ok(leader && follower);
  await rig.sync(follower);
  await rig.advance(9000);
  rig.group.heartbeat(leader);
  await rig.advance(9000);
  await rig.sync(leader);
  await rig.advance(9999);
  assert.equal(rig.group.members.length, 2);
});

test('a group whose last member leaves is empty, one generation on, and keeps its type', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({});
  rig.group.leave(seats);
  assert.equal(rig.group.state, 'Empty');
  assert.equal(rig.group.generationId, 2);
  assert.equal(rig.group.protocolType, 'consumer');
  assert.equal(rig.group.protocolName, null);
});

test('a suspended group ends nothing, and goes on with fresh sessions', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({}, {});
  rig.group.suspend();
  await rig.advance(1_000_000);
  assert.equal(rig.group.members.length, 2);
  rig.group.resume();
  await rig.advance(9999);
  rig.group.heartbeat(first(seats));
  await rig.advance(1);
  assert.equal(rig.group.members.length, 1);
});

test('suspending a group sends away who waits, and a rebalance that it was in goes on when it is resumed', async () => {
  const rig = new GroupRig();
  const leader = first(await rig.settle({ sessionTimeoutMs: 100_000 }));
  const joining = await rig.join({ rebalanceTimeoutMs: 5000 });
  rig.group.suspend();
  await rig.advance(0);
  assert.equal(answerOf(joining).error, 'NOT_COORDINATOR');
  rig.group.resume();
  const again = await rig.join({ memberId: leader.memberId });
  await rig.advance(30_000);
  assert.equal(answerOf(again).members.length, 1);
});

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

const OUTSIDER: Seat = { memberId: '', instanceId: null, generationId: -1 };

test('anyone may commit to an empty group, and nobody without a generation to one with members', async () => {
  const rig = new GroupRig();
  assert.equal(
    refusalOf(() => rig.group.checkCommit(OUTSIDER, false)),
    'NONE',
  );
  await rig.settle({});
  assert.equal(
    refusalOf(() => rig.group.checkCommit(OUTSIDER, false)),
    'UNKNOWN_MEMBER_ID',
  );
});

test('a member commits in its generation only', async () => {
  const rig = new GroupRig();
  const seat = first(await rig.settle({ instanceId: 'one' }));
  const errorOf = (wrong: Partial<Seat>) =>
    refusalOf(() => rig.group.checkCommit({ ...seat, ...wrong }, false));
  assert.equal(errorOf({}), 'NONE');
  assert.equal(errorOf({ generationId: 0 }), 'ILLEGAL_GENERATION');
  assert.equal(errorOf({ generationId: -1 }), 'ILLEGAL_GENERATION');
  assert.equal(errorOf({ memberId: 'stranger' }), 'FENCED_INSTANCE_ID');
  assert.equal(errorOf({ memberId: 'stranger', instanceId: null }), 'UNKNOWN_MEMBER_ID');
});

test('members commit while a rebalance is prepared, and it renews their session', async () => {
  const rig = new GroupRig();
  const seat = first(await rig.settle({ sessionTimeoutMs: 10_000 }));
  await rig.join();
  for (let i = 0; i < 3; i++) {
    await rig.advance(9000);
    rig.group.checkCommit(seat, false);
  }
  assert.equal(rig.group.members.length, 2);
});

test('between JoinGroup and SyncGroup commits are refused, but not those of transactions', async () => {
  const rig = new GroupRig();
  const joining = await rig.join();
  await rig.advance(0);
  const seat = seatOf(answerOf(joining));
  assert.equal(
    refusalOf(() => rig.group.checkCommit(seat, false)),
    'REBALANCE_IN_PROGRESS',
  );
  assert.equal(
    refusalOf(() => rig.group.checkCommit(seat, true)),
    'NONE',
  );
  assert.equal(
    refusalOf(() => rig.group.checkCommit(OUTSIDER, true)),
    'NONE',
  );
});

test('offsets of topics that consumers subscribe to are known not to be deletable', async () => {
  const rig = new GroupRig();
  const topics = Buffer.from('\0\0\0\0\0\x01\0\x06orders\xff\xff\xff\xff', 'latin1');
  await rig.settle({ protocols: [{ name: 'range', metadata: topics }] });
  assert.equal(rig.group.isSubscribedTo('orders'), true);
  assert.equal(rig.group.isSubscribedTo('payments'), false);
  assert.equal(
    refusalOf(() => rig.group.checkOffsetDelete()),
    'NONE',
  );
});

test('consumers whose subscription cannot be read count as subscribed to everything', async () => {
  const rig = new GroupRig();
  await rig.settle({ protocols: [{ name: 'range', metadata: bytes('?') }] });
  assert.equal(rig.group.isSubscribedTo('orders'), true);
});

test('offsets of a group with members that are no consumers cannot be deleted', async () => {
  const rig = new GroupRig();
  const seats = await rig.settle({ protocolType: 'connect' });
  assert.equal(
    refusalOf(() => rig.group.checkOffsetDelete()),
    'NON_EMPTY_GROUP',
  );
  rig.group.leave(seats);
  assert.equal(
    refusalOf(() => rig.group.checkOffsetDelete()),
    'NONE',
  );
});

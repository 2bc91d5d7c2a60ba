import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Groups } from '../../../src/broker/groups/groups.ts';
import { FakeClock } from '../../support/clock.ts';
import { joinRequest, refusalOf } from '../../support/group-rig.ts';

/** A cluster of three nodes, of which `live` are up. */
function cluster() {
  const all = [1, 2, 3].map((id) => ({ id, host: '127.0.0.1', port: 9000 + id }));
  const live = new Set([1, 2, 3]);
  const clock = new FakeClock();
  const groups = new Groups({
    clock,
    settings: { initialRebalanceDelayMs: 0 },
    liveNodes: () => all.filter(({ id }) => live.has(id)),
    hasPartition: () => true,
  });
  return { groups, live, clock, place: groups.coordinatorOf('orders')?.id ?? 0 };
}

const committer = {
  groupId: 'orders',
  memberId: '',
  instanceId: null,
  generationId: -1,
  isTransactional: false,
};
const OFFSET = { offset: 5n, leaderEpoch: -1, metadata: '' };

test('a node that does not coordinate the group refuses, whether there is such a group or not', () => {
  const { groups, place } = cluster();
  const other = (place % 3) + 1;
  for (const run of [
    () => groups.at(other, 'orders'),
    () => groups.ensureAt(other, 'orders'),
    () => groups.forCommit(other, committer, true),
    () => groups.delete(other, 'orders'),
  ]) {
    assert.equal(refusalOf(run), 'NOT_COORDINATOR');
  }
  assert.equal(groups.get('orders'), undefined);
});

test('a commit without a generation makes a group that has no members', () => {
  const { groups, place } = cluster();
  const group = groups.forCommit(place, committer, true);
  assert.equal(group.state, 'Empty');
  assert.equal(group.protocolType, null);
  assert.equal(groups.get('orders'), group);
});

test('a commit of a member of no group is refused in the way that its version knows', () => {
  const { groups, place } = cluster();
  const member = { ...committer, memberId: 'me', generationId: 1 };
  const refuse = (knows: boolean) => refusalOf(() => groups.forCommit(place, member, knows));
  assert.equal(refuse(true), 'GROUP_ID_NOT_FOUND');
  assert.equal(refuse(false), 'ILLEGAL_GENERATION');
  assert.equal(groups.get('orders'), undefined);
});

test('a node lists the groups that it coordinates', () => {
  const { groups, place } = cluster();
  groups.ensureAt(place, 'orders');
  const lists = [1, 2, 3].map((id) => groups.of(id).length);
  assert.equal(lists[place - 1], 1);
  assert.equal(
    lists.reduce((sum, count) => sum + count),
    1,
  );
});

test('an empty group can be deleted with its offsets, one with members cannot', async () => {
  const { groups, place, clock } = cluster();
  assert.equal(
    refusalOf(() => groups.delete(place, 'orders')),
    'GROUP_ID_NOT_FOUND',
  );
  const group = groups.ensureAt(place, 'orders');
  group.offsets.commit('orders', 0, OFFSET);
  const joining = group.join(joinRequest());
  clock.advance(0);
  assert.equal(
    refusalOf(() => groups.delete(place, 'orders')),
    'NON_EMPTY_GROUP',
  );
  group.leave([{ memberId: (await joining).memberId, instanceId: null }]);
  groups.delete(place, 'orders');
  assert.equal(groups.get('orders'), undefined);
  assert.equal(groups.ensureAt(place, 'orders').offsets.committed('orders', 0), null);
});

test('a deleted group leaves no timer behind', async () => {
  const { groups, place, clock } = cluster();
  const group = groups.ensureAt(place, 'orders');
  assert.equal((await group.join(joinRequest({ mustKnowId: true }))).error, 'MEMBER_ID_REQUIRED');
  groups.delete(place, 'orders');
  assert.equal(clock.nextMs, Number.POSITIVE_INFINITY);
});

test('a deleted topic takes the offsets of all groups along', () => {
  const { groups } = cluster();
  for (const id of ['a', 'b']) {
    const node = groups.coordinatorOf(id)?.id ?? 0;
    groups.ensureAt(node, id).offsets.commit('orders', 0, OFFSET);
  }
  groups.topicDeleted('orders');
  assert.equal(groups.get('a')?.offsets.committed('orders', 0), null);
  assert.equal(groups.get('b')?.offsets.committed('orders', 0), null);
});

test('the end of a transaction commits its offsets in all groups', () => {
  const { groups, place } = cluster();
  groups.ensureAt(place, 'orders').offsets.addPending(1n, 'orders', 0, OFFSET);
  groups.completeTransaction(1n, true);
  assert.equal(groups.get('orders')?.offsets.committed('orders', 0)?.offset, 5n);
});

test('a group that moves sends its waiting members away and keeps the others', async () => {
  const { groups, place, clock } = cluster();
  const group = groups.ensureAt(place, 'orders');
  const joining = group.join(joinRequest());
  clock.advance(0);
  const { memberId } = await joining;
  const newcomer = group.join(joinRequest());
  groups.moveCoordinator('orders', (place % 3) + 1);
  assert.equal((await newcomer).error, 'NOT_COORDINATOR');
  assert.equal(groups.at((place % 3) + 1, 'orders'), group);
  assert.ok(group.members.some(({ id }) => id === memberId));
});

test('when its node goes down another coordinates the group, and the other groups notice nothing', async () => {
  const { groups, live, place, clock } = cluster();
  const group = groups.ensureAt(place, 'orders');
  const settled = group.join(joinRequest({ sessionTimeoutMs: 10_000 }));
  clock.advance(0);
  await settled;
  clock.advance(9000);
  live.delete((place % 3) + 1);
  live.delete(((place + 1) % 3) + 1);
  groups.nodesChanged();
  clock.advance(1000);
  assert.equal(group.members.length, 0);
});

test('a group without a node stands still until one is up', async () => {
  const { groups, live, place, clock } = cluster();
  const group = groups.ensureAt(place, 'orders');
  const joining = group.join(joinRequest({ sessionTimeoutMs: 10_000 }));
  clock.advance(0);
  await joining;
  live.clear();
  groups.nodesChanged();
  clock.advance(100_000);
  assert.equal(group.members.length, 1);
  live.add(1);
  groups.nodesChanged();
  clock.advance(9999);
  assert.equal(group.members.length, 1);
  clock.advance(1);
  assert.equal(group.members.length, 0);
});

test('closing answers everyone who waits and stops all timers', async () => {
  const { groups, place, clock } = cluster();
  const joining = groups.ensureAt(place, 'orders').join(joinRequest());
  groups.close();
  assert.equal((await joining).error, 'NOT_COORDINATOR');
  assert.equal(clock.nextMs, Number.POSITIVE_INFINITY);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syncGroup } from '../../../src/broker/apis/sync-group.ts';
import { bytes, joinRequest } from '../../support/group-rig.ts';
import { GroupsBroker, nameOf } from '../../support/groups-broker.ts';

/** A broker with a group of one that has joined, and what its SyncGroup says. */
async function joined() {
  const broker = new GroupsBroker();
  const group = broker.groups.ensureAt(broker.coordinatorId, 'orders');
  const joining = group.join(joinRequest());
  broker.clock.advance(0);
  const { memberId, generationId } = await joining;
  const assignments = [{ memberId, assignment: bytes('all') }];
  const names = { protocolType: 'consumer', protocolName: 'range' };
  return {
    ...broker,
    coordinator: broker.coordinator,
    other: broker.other,
    body: { groupId: 'orders', memberId, generationId, assignments, ...names },
  };
}

for (let version = 0; version <= 5; version++) {
  test(`the leader assigns with version ${version}`, async () => {
    const { coordinator, body } = await joined();
    const answer = await coordinator.send(syncGroup, version, body);
    assert.equal(nameOf(answer), 'NONE');
    assert.equal(answer.assignment.toString(), 'all');
    assert.equal(answer.protocolName, version < 5 ? null : 'range');
  });
}

test('from version 5 on a member must say what protocol it means', async () => {
  const { coordinator, body } = await joined();
  for (const wrong of [{ protocolType: null }, { protocolName: null }]) {
    const answer = await coordinator.send(syncGroup, 5, { ...body, ...wrong });
    assert.equal(nameOf(answer), 'INCONSISTENT_GROUP_PROTOCOL');
  }
});

test('a sync of nobody, to nobody, or to the wrong node is refused', async () => {
  const { coordinator, other, body } = await joined();
  const errorOf = async (wrong: object) =>
    nameOf(await coordinator.send(syncGroup, 5, { ...body, ...wrong }));
  assert.equal(await errorOf({ groupId: '' }), 'INVALID_GROUP_ID');
  assert.equal(await errorOf({ memberId: 'stranger' }), 'UNKNOWN_MEMBER_ID');
  assert.equal(await errorOf({ generationId: 7 }), 'ILLEGAL_GENERATION');
  assert.equal(nameOf(await other.send(syncGroup, 5, body)), 'NOT_COORDINATOR');
});

test('a group that is not there has no members', async () => {
  const { coordinator, coordinatorId, groups } = new GroupsBroker();
  const request = {
    groupId: 'orders',
    memberId: 'me',
    generationId: 1,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [],
  };
  assert.equal(nameOf(await coordinator.send(syncGroup, 5, request)), 'UNKNOWN_MEMBER_ID');
  groups.ensureAt(coordinatorId, 'orders');
  assert.equal(nameOf(await coordinator.send(syncGroup, 5, request)), 'UNKNOWN_MEMBER_ID');
});

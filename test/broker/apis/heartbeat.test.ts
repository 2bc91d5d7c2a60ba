import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heartbeat } from '../../../src/broker/apis/heartbeat.ts';
import { joinRequest } from '../../support/group-rig.ts';
import { GroupsBroker, nameOf } from '../../support/groups-broker.ts';

test('a member renews its session in every version, and only in its own group and generation', async () => {
  const { groups, clock, coordinator, other, coordinatorId } = new GroupsBroker();
  const group = groups.ensureAt(coordinatorId, 'orders');
  const facts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 60_000 };
  const joining = group.join(joinRequest(facts));
  clock.advance(0);
  const { memberId, generationId } = await joining;
  const body = { groupId: 'orders', memberId, generationId };
  for (let version = 0; version <= 4; version++) {
    clock.advance(9000);
    assert.equal(nameOf(await coordinator.send(heartbeat, version, body)), 'NONE');
  }
  const errorOf = async (wrong: object) =>
    nameOf(await coordinator.send(heartbeat, 4, { ...body, ...wrong }));
  assert.equal(await errorOf({ groupId: '' }), 'INVALID_GROUP_ID');
  assert.equal(await errorOf({ generationId: 9 }), 'ILLEGAL_GENERATION');
  assert.equal(await errorOf({ memberId: 'stranger' }), 'UNKNOWN_MEMBER_ID');
  assert.equal(nameOf(await other.send(heartbeat, 4, body)), 'NOT_COORDINATOR');
  clock.advance(30_000);
  assert.equal(await errorOf({}), 'UNKNOWN_MEMBER_ID');
});

test('a group that is not there has no members', async () => {
  const { coordinator } = new GroupsBroker();
  const body = { groupId: 'orders', memberId: 'me', generationId: 1 };
  assert.equal(nameOf(await coordinator.send(heartbeat, 4, body)), 'UNKNOWN_MEMBER_ID');
});

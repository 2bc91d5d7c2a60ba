import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinGroup } from '../../../src/broker/apis/join-group.ts';
import { joinRequest } from '../../support/group-rig.ts';
import { GroupsBroker, nameOf } from '../../support/groups-broker.ts';

const body = (facts: object = {}) => {
  const { memberId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType, protocols } = joinRequest();
  const usual = { memberId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType };
  return {
    groupId: 'orders',
    ...usual,
    protocols: protocols.map(({ name, metadata }) => ({ name, metadata })),
    ...facts,
  };
};

for (let version = 0; version <= 9; version++) {
  test(`a member joins with version ${version}`, async () => {
    const { coordinator, clock } = new GroupsBroker();
    let memberId = '';
    if (version >= 4) {
      const answer = await coordinator.send(joinGroup, version, body());
      assert.equal(nameOf(answer), 'MEMBER_ID_REQUIRED');
      memberId = answer.memberId;
    }
    const joining = coordinator.send(joinGroup, version, body({ memberId }));
    clock.advance(0);
    const answer = await joining;
    assert.equal(nameOf(answer), 'NONE');
    assert.equal(answer.generationId, 1);
    assert.equal(answer.protocolName, 'range');
    assert.equal(answer.protocolType, version < 7 ? null : 'consumer');
    assert.equal(answer.leader, answer.memberId);
    assert.deepEqual(
      answer.members.map((member) => [member.memberId, member.metadata.toString()]),
      [[answer.memberId, 'of range']],
    );
  });
}

test('a request without a group, or with a session out of bounds, is refused before anything else', async () => {
  const { coordinator, groups } = new GroupsBroker();
  for (const [facts, error] of [
    [{ groupId: '' }, 'INVALID_GROUP_ID'],
    [{ sessionTimeoutMs: 5999 }, 'INVALID_SESSION_TIMEOUT'],
    [{ sessionTimeoutMs: 1_800_001 }, 'INVALID_SESSION_TIMEOUT'],
  ] as const) {
    const answer = await coordinator.send(joinGroup, 9, body({ ...facts, memberId: 'me' }));
    assert.equal(nameOf(answer), error);
    assert.deepEqual([answer.memberId, answer.generationId], ['me', -1]);
  }
  assert.equal(groups.get('orders'), undefined);
});

test('the bounds of a session can be set', async () => {
  const { coordinator } = new GroupsBroker({ minSessionTimeoutMs: 100 });
  const answer = await coordinator.send(joinGroup, 9, body({ sessionTimeoutMs: 100 }));
  assert.equal(nameOf(answer), 'MEMBER_ID_REQUIRED');
});

test('an error carries no protocol, as its version writes that', async () => {
  const { coordinator } = new GroupsBroker();
  const name = async (version: number) =>
    (await coordinator.send(joinGroup, version, body({ groupId: '' }))).protocolName;
  assert.equal(await name(6), '');
  assert.equal(await name(7), null);
});

test('a member of a group that is not there is unknown', async () => {
  const { coordinator, groups } = new GroupsBroker();
  const answer = await coordinator.send(joinGroup, 9, body({ memberId: 'me' }));
  assert.equal(nameOf(answer), 'UNKNOWN_MEMBER_ID');
  assert.equal(groups.get('orders'), undefined);
});

test('the other node refuses', async () => {
  const { other } = new GroupsBroker();
  assert.equal(nameOf(await other.send(joinGroup, 9, body())), 'NOT_COORDINATOR');
});

test('version 0 has no rebalance timeout: the session takes its place', async () => {
  const { coordinator, groups, clock } = new GroupsBroker();
  const joining = coordinator.send(joinGroup, 0, body({ sessionTimeoutMs: 7000 }));
  clock.advance(0);
  await joining;
  assert.equal(groups.get('orders')?.members[0]?.rebalanceTimeoutMs, 7000);
});

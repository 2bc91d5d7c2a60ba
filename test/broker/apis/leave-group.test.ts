import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaveGroup } from '../../../src/broker/apis/leave-group.ts';
import { joinRequest } from '../../support/group-rig.ts';
import { GroupsBroker, nameOf } from '../../support/groups-broker.ts';

async function joined() {
  const broker = new GroupsBroker();
  const group = broker.groups.ensureAt(broker.coordinatorId, 'orders');
  const joining = group.join(joinRequest({ instanceId: 'one' }));
  broker.clock.advance(0);
  const { memberId } = await joining;
  return { client: broker.coordinator, other: broker.other, group, memberId };
}

for (let version = 0; version <= 5; version++) {
  test(`a member leaves with version ${version}`, async () => {
    const { client, group, memberId } = await joined();
    const answer = await client.send(leaveGroup, version, {
      groupId: 'orders',
      memberId,
      members: [{ memberId, groupInstanceId: 'one', reason: 'going home' }],
    });
    assert.equal(nameOf(answer), 'NONE');
    assert.deepEqual(answer.members.map(nameOf), version < 3 ? [] : ['NONE']);
    assert.equal(group.state, 'Empty');
  });
}

test('before version 3 the error of the member is that of the whole', async () => {
  const { client } = await joined();
  const body = { groupId: 'orders', memberId: 'stranger' };
  assert.equal(nameOf(await client.send(leaveGroup, 2, body)), 'UNKNOWN_MEMBER_ID');
});

test('several leave in one request, each with an outcome of its own', async () => {
  const { client, group } = await joined();
  const { errorCode, members } = await client.send(leaveGroup, 5, {
    groupId: 'orders',
    members: [
      { memberId: 'stranger', groupInstanceId: null },
      { memberId: '', groupInstanceId: 'one' },
    ],
  });
  assert.equal(errorCode, 0);
  assert.deepEqual(
    members.map((member) => [member.memberId, member.groupInstanceId, nameOf(member)]),
    [
      ['stranger', null, 'UNKNOWN_MEMBER_ID'],
      ['', 'one', 'NONE'],
    ],
  );
  assert.equal(group.state, 'Empty');
});

test('nobody can leave a group that is not there', async () => {
  const { client, other } = await joined();
  const members = [{ memberId: 'me', groupInstanceId: null }];
  const nowhere = new GroupsBroker().coordinator;
  const answer = await nowhere.send(leaveGroup, 5, { groupId: 'orders', members });
  assert.deepEqual(answer.members.map(nameOf), ['UNKNOWN_MEMBER_ID']);
  const nameless = await client.send(leaveGroup, 5, { groupId: '', members });
  assert.equal(nameOf(nameless), 'INVALID_GROUP_ID');
  const misled = await other.send(leaveGroup, 5, { groupId: 'orders', members });
  assert.equal(nameOf(misled), 'NOT_COORDINATOR');
});

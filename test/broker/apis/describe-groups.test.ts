import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeGroups } from '../../../src/broker/apis/describe-groups.ts';
import { bytes, joinRequest } from '../../support/group-rig.ts';
import { GroupsBroker, nameOf } from '../../support/groups-broker.ts';

async function joined() {
  const { groups, clock, coordinator, other, coordinatorId } = new GroupsBroker();
  const group = groups.ensureAt(coordinatorId, 'orders');
  const joining = group.join(joinRequest({ instanceId: 'one' }));
  clock.advance(0);
  const { memberId, generationId } = await joining;
  const assign = () =>
    group.sync({
      memberId,
      instanceId: 'one',
      generationId,
      protocolType: null,
      protocolName: null,
      assignments: new Map([[memberId, bytes('all')]]),
    });
  return { client: coordinator, other, memberId, assign };
}

test('a stable group is described with what its members said and were assigned', async () => {
  const { client, memberId, assign } = await joined();
  await assign();
  for (let version = 0; version <= 6; version++) {
    const { groups } = await client.send(describeGroups, version, { groups: ['orders'] });
    const [group] = groups;
    assert.ok(group);
    const { members, ...facts } = group;
    assert.deepEqual(facts, {
      errorCode: 0,
      errorMessage: null,
      groupId: 'orders',
      groupState: 'Stable',
      protocolType: 'consumer',
      protocolData: 'range',
      authorizedOperations: -(2 ** 31),
    });
    assert.deepEqual(members, [
      {
        memberId,
        groupInstanceId: version < 4 ? null : 'one',
        clientId: 'client',
        clientHost: '/127.0.0.1',
        memberMetadata: Buffer.from('of range'),
        memberAssignment: Buffer.from('all'),
      },
    ]);
  }
});

test('of a group that rebalances neither protocol nor metadata is told', async () => {
  const { client } = await joined();
  const { groups } = await client.send(describeGroups, 6, { groups: ['orders'] });
  assert.equal(groups[0]?.groupState, 'CompletingRebalance');
  assert.equal(groups[0]?.protocolData, '');
  assert.equal(groups[0]?.members[0]?.memberMetadata.length, 0);
});

test('a group that is not there is dead; newer clients are told that it was not found', async () => {
  const client = new GroupsBroker().coordinator;
  const older = await client.send(describeGroups, 5, { groups: ['orders'] });
  const newer = await client.send(describeGroups, 6, { groups: ['orders'] });
  assert.deepEqual(
    [...older.groups, ...newer.groups].map((group) => [
      group.groupState,
      nameOf(group),
      group.errorMessage,
    ]),
    [
      ['Dead', 'NONE', null],
      ['Dead', 'GROUP_ID_NOT_FOUND', 'Group orders not found.'],
    ],
  );
});

test('who asks is told what it may do, if there is anything to do it to', async () => {
  const { client } = await joined();
  const body = { groups: ['orders'], includeAuthorizedOperations: true };
  const { groups } = await client.send(describeGroups, 6, body);
  assert.equal(groups[0]?.authorizedOperations, 3400);
  const nowhere = new GroupsBroker().coordinator;
  const missing = await nowhere.send(describeGroups, 6, body);
  assert.equal(missing.groups[0]?.authorizedOperations, -(2 ** 31));
});

test('the other node refuses each group', async () => {
  const { other } = await joined();
  const { groups } = await other.send(describeGroups, 6, { groups: ['orders'] });
  assert.deepEqual(groups.map(nameOf), ['NOT_COORDINATOR']);
});

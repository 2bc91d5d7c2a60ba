import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listGroups } from '../../../src/broker/apis/list-groups.ts';
import { joinRequest } from '../../support/group-rig.ts';
import { GroupsBroker } from '../../support/groups-broker.ts';

/** A node that coordinates an empty group and one with a member; and the other node. */
async function listed() {
  const { groups, clock, coordinator, other, coordinatorId } = new GroupsBroker();
  groups.ensureAt(coordinatorId, 'orders');
  groups.moveCoordinator('payments', coordinatorId);
  const joining = groups.ensureAt(coordinatorId, 'payments').join(joinRequest());
  clock.advance(0);
  await joining;
  return { client: coordinator, other };
}

test('a node lists its groups, as fully as the version allows', async () => {
  const { client, other } = await listed();
  for (let version = 0; version <= 5; version++) {
    const { groups } = await client.send(listGroups, version, {});
    const states = version < 4 ? ['', ''] : ['Empty', 'CompletingRebalance'];
    const groupType = version < 5 ? '' : 'classic';
    assert.deepEqual(groups, [
      { groupId: 'orders', protocolType: '', groupState: states[0], groupType },
      { groupId: 'payments', protocolType: 'consumer', groupState: states[1], groupType },
    ]);
    assert.deepEqual((await other.send(listGroups, version, {})).groups, []);
  }
});

for (const [what, filter, ids] of [
  ['a state, in any case and with spaces around', { statesFilter: [' EMPTY '] }, ['orders']],
  ['several states', { statesFilter: ['Empty', 'CompletingRebalance'] }, ['orders', 'payments']],
  ['a state that there is not', { statesFilter: ['Happy'] }, []],
  ['their type, in any case', { typesFilter: ['Classic'] }, ['orders', 'payments']],
  ['another type', { typesFilter: ['consumer'] }, []],
] as const) {
  test(`groups are listed by ${what}`, async () => {
    const { client } = await listed();
    const { groups } = await client.send(listGroups, 5, filter);
    assert.deepEqual(
      groups.map(({ groupId }) => groupId),
      ids,
    );
  });
}

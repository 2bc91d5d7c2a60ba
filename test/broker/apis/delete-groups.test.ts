import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deleteGroups } from '../../../src/broker/apis/delete-groups.ts';
import { joinRequest } from '../../support/group-rig.ts';
import { GroupsBroker, nameOf } from '../../support/groups-broker.ts';

test('each group that is named is deleted or said to be in use or unknown, once', async () => {
  const { groups, clock, coordinator, coordinatorId } = new GroupsBroker();
  for (const id of ['orders', 'payments', 'nothing']) groups.moveCoordinator(id, coordinatorId);
  groups.ensureAt(coordinatorId, 'orders');
  const joining = groups.ensureAt(coordinatorId, 'payments').join(joinRequest());
  clock.advance(0);
  await joining;
  const groupsNames = ['orders', 'payments', 'nothing', 'orders'];
  const { results } = await coordinator.send(deleteGroups, 2, { groupsNames });
  assert.deepEqual(
    results.map((result) => [result.groupId, nameOf(result)]),
    [
      ['orders', 'NONE'],
      ['payments', 'NON_EMPTY_GROUP'],
      ['nothing', 'GROUP_ID_NOT_FOUND'],
    ],
  );
  assert.equal(groups.get('orders'), undefined);
});

test('the other node refuses each group, in every version', async () => {
  const { other } = new GroupsBroker();
  for (let version = 0; version <= 2; version++) {
    const { results } = await other.send(deleteGroups, version, { groupsNames: ['orders'] });
    assert.deepEqual(results.map(nameOf), ['NOT_COORDINATOR']);
  }
});

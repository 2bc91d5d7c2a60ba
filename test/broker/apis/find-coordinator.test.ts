import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCoordinator } from '../../../src/broker/apis/find-coordinator.ts';
import { GroupsBroker, nameOf } from '../../support/groups-broker.ts';

test('every node knows who coordinates a group, in every version', async () => {
  const { coordinator, other, coordinatorId } = new GroupsBroker();
  for (const client of [coordinator, other]) {
    for (let version = 0; version <= 3; version++) {
      const { nodeId, host, port } = await client.send(findCoordinator, version, { key: 'orders' });
      assert.deepEqual([nodeId, host, port], [coordinatorId, '127.0.0.1', 9000 + coordinatorId]);
    }
    for (let version = 4; version <= 6; version++) {
      const body = { coordinatorKeys: ['orders', 'orders'] };
      const { coordinators } = await client.send(findCoordinator, version, body);
      assert.deepEqual(
        coordinators.map(({ key, nodeId }) => [key, nodeId]),
        [
          ['orders', coordinatorId],
          ['orders', coordinatorId],
        ],
      );
    }
  }
});

test('transactions have coordinators as groups have, other keys have none', async () => {
  const { coordinator } = new GroupsBroker();
  const errorOf = async (keyType: number) =>
    nameOf(await coordinator.send(findCoordinator, 2, { key: 'orders', keyType }));
  assert.equal(await errorOf(1), 'NONE');
  assert.equal(await errorOf(2), 'INVALID_REQUEST');
  const body = { coordinatorKeys: ['orders'], keyType: 7 };
  const { coordinators } = await coordinator.send(findCoordinator, 4, body);
  assert.deepEqual(coordinators.map(nameOf), ['INVALID_REQUEST']);
});

test('a group that was moved is found where it is', async () => {
  const { groups, coordinator, coordinatorId } = new GroupsBroker();
  groups.moveCoordinator('orders', 3 - coordinatorId);
  const { nodeId } = await coordinator.send(findCoordinator, 2, { key: 'orders' });
  assert.equal(nodeId, 3 - coordinatorId);
});

test('a refusal is told of every key', () => {
  const error = { code: 14, text: 'later' };
  const request = { key: 'a', keyType: 0, coordinatorKeys: ['a', 'b'] };
  assert.equal(findCoordinator.refuse(request, { ...error, version: 2 })?.errorCode, 14);
  const { coordinators } = findCoordinator.refuse(request, { ...error, version: 4 }) ?? {};
  assert.deepEqual(
    coordinators?.map(({ key, errorCode, errorMessage }) => [key, errorCode, errorMessage]),
    [
      ['a', 14, 'later'],
      ['b', 14, 'later'],
    ],
  );
});

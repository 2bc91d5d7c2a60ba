import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeCluster } from '../../../src/broker/apis/describe-cluster.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { BrokerScene } from '../../support/broker-scene.ts';

test('the brokers that are up are told in every version', async () => {
  await using scene = await BrokerScene.open({ brokers: 3 });
  await scene.broker.takeDown(2);
  const client = await scene.connect(3);
  for (let version = 0; version <= 2; version++) {
    const told = await client.send(describeCluster, version, {});
    assert.equal(told.clusterId, scene.broker.cluster.id);
    assert.equal(told.controllerId, 1);
    assert.deepEqual(
      told.brokers.map(({ brokerId }) => brokerId),
      [1, 3],
    );
  }
});

test('what a client may do is told when it asks', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const asking = { includeClusterAuthorizedOperations: true };
  assert.equal((await client.send(describeCluster, 1, asking)).clusterAuthorizedOperations, 8096);
  const silent = await client.send(describeCluster, 1, {});
  assert.equal(silent.clusterAuthorizedOperations, -(2 ** 31));
});

test('a broker is no controller to be asked as one', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const { errorCode } = await client.send(describeCluster, 1, { endpointType: 2 });
  assert.equal(errorName(errorCode), 'MISMATCHED_ENDPOINT_TYPE');
});

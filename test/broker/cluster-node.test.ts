import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadata } from '../../src/broker/apis/metadata.ts';
import { BrokerClient } from '../support/broker-client.ts';
import { BrokerScene } from '../support/broker-scene.ts';

test('a node that goes down cuts its connections, and keeps its port when it comes up', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const [address] = scene.broker.addresses;
  await scene.broker.takeDown(1);
  await client.closed();
  await assert.rejects(BrokerClient.connect(address ?? ''), { code: 'ECONNREFUSED' });
  await scene.broker.bringUp(1);
  assert.deepEqual(scene.broker.addresses, [address]);
  const again = await scene.connect();
  assert.equal((await again.send(metadata, 12, { topics: [] })).brokers.length, 1);
});

test('going down twice, or up twice, is the same as once', async () => {
  await using scene = await BrokerScene.open();
  await scene.broker.bringUp(1);
  await scene.broker.takeDown(1);
  await scene.broker.takeDown(1);
  await scene.broker.bringUp(1);
  assert.equal(scene.broker.cluster.liveNodes().length, 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadata } from '../../src/broker/apis/metadata.ts';
import { ERROR } from '../../src/broker/errors.ts';
import { batchOf } from '../support/broker-batches.ts';
import { BrokerScene, produceTo } from '../support/broker-scene.ts';

test('each broker has a port of its own and tells of all that are up', async () => {
  await using scene = await BrokerScene.open({ brokers: 3 });
  const { addresses } = scene.broker;
  assert.equal(new Set(addresses).size, 3);
  const second = await scene.connect(2);
  const told = async () => {
    const { brokers } = await second.send(metadata, 12, { topics: [] });
    return brokers.map(({ nodeId, host, port }) => ({ nodeId, address: `${host}:${port}` }));
  };
  const all = addresses.map((address, i) => ({ nodeId: i + 1, address }));
  assert.deepEqual(await told(), all);
  await scene.broker.takeDown(1);
  assert.deepEqual(await told(), all.slice(1));
  assert.equal((await second.send(metadata, 12, { topics: [] })).controllerId, 2);
});

test('what a broker led goes to another replica when it goes down, with its records', async () => {
  await using scene = await BrokerScene.open({ brokers: 2 });
  const { broker } = scene;
  broker.createTopic('orders', { partitions: 2, replicationFactor: 2 });
  const part = broker.cluster.topics.partition('orders', 0);
  assert.ok(part !== undefined && part.leaderId !== null);
  const first = part.leaderId;
  await produceTo(await scene.connect(first), 'orders', 0, batchOf(3));
  await broker.takeDown(first);
  assert.notEqual(part.leaderId, first);
  const answer = await produceTo(await scene.connect(3 - first), 'orders', 0, batchOf(2));
  assert.deepEqual([answer.error, answer.baseOffset], ['NONE', 3n]);
});

test('a partition without a second replica has no leader while its broker is down', async () => {
  await using scene = await BrokerScene.open({ brokers: 2, topics: { orders: 2 } });
  const client = await scene.connect(1);
  await scene.broker.takeDown(2);
  const describe = async () => {
    const { topics } = await client.send(metadata, 12, { topics: [{ name: 'orders' }] });
    return topics[0]?.partitions.find(({ replicaNodes }) => replicaNodes[0] === 2);
  };
  const down = await describe();
  assert.equal(down?.errorCode, ERROR.LEADER_NOT_AVAILABLE);
  assert.deepEqual([down.leaderId, down.offlineReplicas], [-1, [2]]);
  await scene.broker.bringUp(2);
  const up = await describe();
  assert.deepEqual([up?.leaderId, up?.leaderEpoch, up?.errorCode], [2, 2, 0]);
});

test('a deleted topic takes the offsets of its groups with it', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const { cluster } = scene.broker;
  const group = cluster.groups.ensureAt(1, 'g');
  group.offsets.commit('orders', 0, { offset: 5n, leaderEpoch: -1, metadata: '' });
  const topic = cluster.topics.get('orders');
  assert.ok(topic !== undefined);
  cluster.deleteTopic(topic);
  assert.equal(group.offsets.committed('orders', 0), null);
});

test('when a broker goes down its groups are coordinated elsewhere', async () => {
  await using scene = await BrokerScene.open({ brokers: 2 });
  const { groups } = scene.broker.cluster;
  const before = groups.coordinatorOf('g')?.id ?? 0;
  await scene.broker.takeDown(before);
  assert.equal(groups.coordinatorOf('g')?.id, 3 - before);
});

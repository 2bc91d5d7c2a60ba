import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPartitions } from '../../../src/broker/apis/create-partitions.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { batchOf } from '../../support/broker-batches.ts';
import { BrokerScene } from '../../support/broker-scene.ts';

const wish = (name: string, count: number, brokerIds: number[][] | null = null) => ({
  name,
  count,
  assignments: brokerIds?.map((ids) => ({ brokerIds: ids })) ?? null,
});

test('a topic gets more partitions in every version, and keeps its records', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  scene.broker.produce('orders', 0, batchOf(3));
  for (let version = 0; version <= 3; version++) {
    const topics = [wish('orders', version + 2)];
    const { results } = await client.send(createPartitions, version, { topics });
    assert.equal(results[0]?.errorCode, 0);
  }
  assert.equal(scene.broker.cluster.topics.get('orders')?.partitions.length, 5);
  assert.equal(scene.broker.offsets('orders', 0).end, 3n);
  assert.equal(scene.broker.offsets('orders', 4).end, 0n);
});

test('replicas of new partitions can be assigned', async () => {
  await using scene = await BrokerScene.open({ brokers: 2, topics: { orders: 1 } });
  const client = await scene.connect();
  await client.send(createPartitions, 3, { topics: [wish('orders', 3, [[2, 1], [1]])] });
  const replicas = scene.broker.cluster.topics
    .get('orders')
    ?.partitions.map((part) => part.replicas);
  assert.deepEqual(replicas?.slice(1), [[2, 1], [1]]);
});

test('a number that is no increase, a topic that is not there, and replicas that cannot be are refused', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 2, twice: 1 } });
  const client = await scene.connect();
  const errorOf = async (...topics: ReturnType<typeof wish>[]) => {
    const { results } = await client.send(createPartitions, 3, { topics });
    return results.map(({ errorCode }) => errorName(errorCode)).join();
  };
  assert.equal(await errorOf(wish('orders', 2)), 'INVALID_PARTITIONS');
  assert.equal(await errorOf(wish('orders', -1)), 'INVALID_PARTITIONS');
  assert.equal(await errorOf(wish('orders', 10_003)), 'POLICY_VIOLATION');
  assert.equal(await errorOf(wish('none', 2)), 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.equal(await errorOf(wish('twice', 2), wish('twice', 3)), 'INVALID_REQUEST');
  assert.equal(await errorOf(wish('orders', 3, [])), 'INVALID_REPLICA_ASSIGNMENT');
  assert.equal(await errorOf(wish('orders', 3, [[9]])), 'INVALID_REPLICA_ASSIGNMENT');
});

test('a wish that is only to be checked changes nothing', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const body = { topics: [wish('orders', 4)], validateOnly: true };
  assert.equal((await client.send(createPartitions, 3, body)).results[0]?.errorCode, 0);
  assert.equal(scene.broker.cluster.topics.get('orders')?.partitions.length, 1);
});

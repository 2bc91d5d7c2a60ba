import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deleteTopics } from '../../../src/broker/apis/delete-topics.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { ZERO_UUID } from '../../../src/broker/wire/kinds.ts';
import { BrokerScene } from '../../support/broker-scene.ts';

test('topics are deleted by name in every version', async () => {
  const names = [1, 2, 3, 4, 5, 6].map((version) => `v${version}`);
  const topics = Object.fromEntries(names.map((name) => [name, 1]));
  await using scene = await BrokerScene.open({ topics });
  const client = await scene.connect();
  for (let version = 1; version <= 6; version++) {
    const name = `v${version}`;
    const body = version < 6 ? { topicNames: [name] } : { topics: [{ name }] };
    const { responses } = await client.send(deleteTopics, version, body);
    assert.deepEqual([responses[0]?.name, responses[0]?.errorCode], [name, 0]);
    assert.equal(scene.broker.cluster.topics.get(name), undefined);
  }
});

test('a topic is deleted by its id, and told by its name', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const topicId = scene.broker.cluster.topics.get('orders')?.id ?? '';
  const { responses } = await client.send(deleteTopics, 6, { topics: [{ name: null, topicId }] });
  assert.deepEqual([responses[0]?.name, responses[0]?.errorCode], ['orders', 0]);
});

test('what names no topic, or not one, is refused', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const strange = 'AAAAAAAAAAAAAAAAAAAABA';
  const topics = [
    { name: 'none' },
    { name: null, topicId: strange },
    { name: 'orders', topicId: strange },
    { name: null, topicId: ZERO_UUID },
    { name: 'twice' },
    { name: 'twice' },
  ];
  const { responses } = await client.send(deleteTopics, 6, { topics });
  assert.deepEqual(
    responses.map(({ errorCode }) => errorName(errorCode)),
    [
      'UNKNOWN_TOPIC_OR_PARTITION',
      'UNKNOWN_TOPIC_ID',
      'INVALID_REQUEST',
      'INVALID_REQUEST',
      'INVALID_REQUEST',
    ],
  );
  assert.ok(scene.broker.cluster.topics.get('orders') !== undefined);
});

test('a broker can be told to delete no topics', async () => {
  const configs = { 'delete.topic.enable': 'false' };
  await using scene = await BrokerScene.open({ topics: { orders: 1 }, configs });
  const client = await scene.connect();
  const { responses } = await client.send(deleteTopics, 5, { topicNames: ['orders'] });
  assert.equal(errorName(responses[0]?.errorCode ?? 0), 'TOPIC_DELETION_DISABLED');
});

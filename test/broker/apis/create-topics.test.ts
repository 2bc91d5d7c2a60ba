import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopics } from '../../../src/broker/apis/create-topics.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { ZERO_UUID } from '../../../src/broker/wire/kinds.ts';
import { BrokerScene } from '../../support/broker-scene.ts';

const wish = (name: string, rest: object = {}) => ({
  name,
  numPartitions: 2,
  replicationFactor: 1,
  ...rest,
});

test('topics are created in every version', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  for (let version = 2; version <= 7; version++) {
    const { topics } = await client.send(createTopics, version, { topics: [wish(`v${version}`)] });
    assert.equal(topics[0]?.errorCode, 0);
    const topic = scene.broker.cluster.topics.get(`v${version}`);
    assert.equal(topic?.partitions.length, 2);
    if (version === 7) assert.equal(topics[0]?.topicId, topic?.id);
  }
});

test('what came out is told with all its configs', async () => {
  await using scene = await BrokerScene.open({ configs: { 'num.partitions': '5' } });
  const client = await scene.connect();
  const configs = [{ name: 'retention.ms', value: '1000' }];
  const open = wish('orders', { numPartitions: -1, replicationFactor: -1, configs });
  const { topics } = await client.send(createTopics, 5, { topics: [open] });
  const [topic] = topics;
  assert.deepEqual([topic?.numPartitions, topic?.replicationFactor], [5, 1]);
  const config = topic?.configs?.find(({ name }) => name === 'retention.ms');
  assert.deepEqual([config?.value, config?.configSource], ['1000', 1]);
  assert.ok((topic?.configs?.length ?? 0) > 30);
});

test('a topic that cannot be is refused with a reason, and the others are created', async () => {
  await using scene = await BrokerScene.open({ topics: { there: 1 } });
  const client = await scene.connect();
  const wishes = [wish('there'), wish('a/b'), wish('none', { numPartitions: 0 }), wish('good')];
  const { topics } = await client.send(createTopics, 7, { topics: wishes });
  assert.deepEqual(
    topics.map(({ name, errorCode, topicId }) => [
      name,
      errorName(errorCode),
      topicId === ZERO_UUID,
    ]),
    [
      ['there', 'TOPIC_ALREADY_EXISTS', true],
      ['a/b', 'INVALID_TOPIC_EXCEPTION', true],
      ['none', 'INVALID_PARTITIONS', true],
      ['good', 'NONE', false],
    ],
  );
  assert.equal(topics[0]?.errorMessage, "Topic 'there' already exists.");
});

test('a name that comes twice is refused once, and nothing is created for it', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const { topics } = await client.send(createTopics, 7, { topics: [wish('a'), wish('a')] });
  assert.deepEqual(
    topics.map(({ errorMessage }) => errorMessage),
    ['Duplicate topic name.'],
  );
  assert.equal(scene.broker.cluster.topics.get('a'), undefined);
});

test('a wish that is only to be checked creates nothing', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const body = { topics: [wish('a')], validateOnly: true };
  const { topics } = await client.send(createTopics, 7, body);
  assert.deepEqual([topics[0]?.errorCode, topics[0]?.numPartitions], [0, 2]);
  assert.deepEqual(scene.broker.cluster.topics.all(), []);
});

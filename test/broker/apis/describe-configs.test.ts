import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeConfigs } from '../../../src/broker/apis/describe-configs.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { BrokerScene } from '../../support/broker-scene.ts';

const TOPIC = 2;
const BROKER = 4;

async function scenery() {
  const configs = { 'message.max.bytes': '5000' };
  const scene = await BrokerScene.open({ configs, topics: { plain: 1 } });
  scene.broker.createTopic('orders', { configs: { 'retention.ms': '1000' } });
  const client = await scene.connect();
  const ask = async (
    resourceType: number,
    resourceName: string,
    configurationKeys: string[] | null = null,
    version = 4,
  ) => {
    const resources = [{ resourceType, resourceName, configurationKeys }];
    const body = { resources, includeSynonyms: true };
    const { results } = await client.send(describeConfigs, version, body);
    const [result] = results;
    assert.ok(result !== undefined);
    return result;
  };
  return { scene, ask };
}

test('the configs of a topic are told with where their values come from, in every version', async () => {
  const { scene, ask } = await scenery();
  await using _ = scene;
  const keys = ['retention.ms', 'max.message.bytes', 'segment.ms', 'nope'];
  for (let version = 1; version <= 4; version++) {
    const { configs } = await ask(TOPIC, 'orders', keys, version);
    assert.deepEqual(
      configs.map(({ name, value, configSource }) => [name, value, configSource]),
      [
        ['max.message.bytes', '5000', 4],
        ['retention.ms', '1000', 1],
        ['segment.ms', '604800000', 5],
      ],
    );
  }
});

test('what stands behind a value is told in order', async () => {
  const { scene, ask } = await scenery();
  await using _ = scene;
  const { configs } = await ask(TOPIC, 'orders', ['max.message.bytes']);
  assert.deepEqual(configs[0]?.synonyms, [
    { name: 'message.max.bytes', value: '5000', source: 4 },
    { name: 'message.max.bytes', value: '1048588', source: 5 },
  ]);
  const alone = await ask(TOPIC, 'plain', ['retention.ms']);
  assert.deepEqual(alone.configs[0]?.synonyms, []);
});

test('all configs are told when none is named', async () => {
  const { scene, ask } = await scenery();
  await using _ = scene;
  assert.ok((await ask(TOPIC, 'orders')).configs.length > 30);
  assert.ok((await ask(TOPIC, 'orders', [])).configs.length > 30);
});

test('a broker is asked about itself, or about what was set for all', async () => {
  const { scene, ask } = await scenery();
  await using _ = scene;
  const own = await ask(BROKER, '1', ['node.id', 'message.max.bytes', 'num.partitions']);
  assert.deepEqual(
    own.configs.map(({ name, value, readOnly }) => [name, value, readOnly]),
    [
      ['node.id', '1', true],
      ['num.partitions', '1', true],
      ['message.max.bytes', '5000', false],
    ],
  );
  assert.deepEqual((await ask(BROKER, '')).configs, []);
  scene.broker.cluster.configs.ofBroker('').set('message.max.bytes', '7');
  assert.deepEqual(
    (await ask(BROKER, '')).configs.map(({ value }) => value),
    ['7'],
  );
});

test('what has no configs is refused', async () => {
  const { scene, ask } = await scenery();
  await using _ = scene;
  const errorOf = async (type: number, name: string) =>
    errorName((await ask(type, name)).errorCode);
  assert.equal(await errorOf(TOPIC, 'none'), 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.equal(await errorOf(TOPIC, 'a/b'), 'INVALID_TOPIC_EXCEPTION');
  assert.equal(await errorOf(BROKER, '9'), 'INVALID_REQUEST');
  assert.equal(await errorOf(BROKER, 'x'), 'INVALID_REQUEST');
  assert.equal(await errorOf(99, 'x'), 'INVALID_REQUEST');
});

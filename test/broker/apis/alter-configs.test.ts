import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alterConfigs } from '../../../src/broker/apis/alter-configs.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { BrokerScene } from '../../support/broker-scene.ts';

const TOPIC = 2;
const BROKER = 4;

async function scenery() {
  const scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const alter = async (
    values: Readonly<Record<string, string | null>>,
    { type = TOPIC, name = 'orders', version = 2, validateOnly = false } = {},
  ) => {
    const configs = Object.entries(values).map(([key, value]) => ({ name: key, value }));
    const resources = [{ resourceType: type, resourceName: name, configs }];
    const { responses } = await client.send(alterConfigs, version, { resources, validateOnly });
    return errorName(responses[0]?.errorCode ?? 0);
  };
  const now = () => Object.fromEntries(scene.broker.cluster.topics.get('orders')?.configs ?? []);
  return { scene, client, alter, now };
}

test('what is not named goes back to its default', async () => {
  const { scene, alter, now } = await scenery();
  await using _ = scene;
  for (const version of [0, 1, 2]) {
    await alter({ 'retention.ms': '5', 'segment.ms': '7' }, { version });
    assert.equal(await alter({ 'retention.ms': '6' }, { version }), 'NONE');
    assert.deepEqual(now(), { 'retention.ms': '6' });
  }
});

test('a change that is wrong in one value changes nothing', async () => {
  const { scene, alter, now } = await scenery();
  await using _ = scene;
  await alter({ 'retention.ms': '5' });
  assert.equal(await alter({ 'segment.ms': '7', 'retention.ms': 'x' }), 'INVALID_CONFIG');
  assert.equal(await alter({ foo: '1' }), 'INVALID_CONFIG');
  assert.equal(await alter({ 'retention.ms': null }), 'INVALID_REQUEST');
  assert.equal(await alter({}, { validateOnly: true }), 'NONE');
  assert.deepEqual(now(), { 'retention.ms': '5' });
});

test('a resource that is not there, or comes twice, is refused', async () => {
  const { scene, client, alter } = await scenery();
  await using _ = scene;
  assert.equal(await alter({}, { name: 'none' }), 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.equal(await alter({}, { name: 'a/b' }), 'INVALID_TOPIC_EXCEPTION');
  assert.equal(await alter({}, { type: 99 }), 'INVALID_REQUEST');
  const resource = { resourceType: TOPIC, resourceName: 'orders', configs: [] };
  const { responses } = await client.send(alterConfigs, 2, { resources: [resource, resource] });
  assert.deepEqual(
    responses.map(({ errorMessage }) => errorMessage),
    ['Each resource must appear at most once.', 'Each resource must appear at most once.'],
  );
});

test('a broker takes changes of itself or of all, but not of what is fixed at its start', async () => {
  const { scene, alter } = await scenery();
  await using _ = scene;
  const change = { 'message.max.bytes': '7' };
  assert.equal(await alter(change, { type: BROKER, name: '1' }), 'NONE');
  assert.equal(await alter(change, { type: BROKER, name: '' }), 'NONE');
  assert.equal(scene.broker.cluster.configs.number('message.max.bytes'), 7);
  assert.equal(await alter(change, { type: BROKER, name: '2' }), 'INVALID_REQUEST');
  assert.equal(await alter(change, { type: BROKER, name: 'x' }), 'INVALID_REQUEST');
  assert.equal(
    await alter({ 'num.partitions': '3' }, { type: BROKER, name: '1' }),
    'INVALID_REQUEST',
  );
});

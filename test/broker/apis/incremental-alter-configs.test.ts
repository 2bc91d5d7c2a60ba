import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incrementalAlterConfigs } from '../../../src/broker/apis/incremental-alter-configs.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { BrokerScene } from '../../support/broker-scene.ts';

const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;
type Change = readonly [name: string, operation: number, value: string | null];

async function scenery() {
  const scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const alter = async (changes: readonly Change[], { validateOnly = false, version = 1 } = {}) => {
    const configs = changes.map(([name, configOperation, value]) => ({
      name,
      configOperation,
      value,
    }));
    const resources = [{ resourceType: 2, resourceName: 'orders', configs }];
    const body = { resources, validateOnly };
    const { responses } = await client.send(incrementalAlterConfigs, version, body);
    return errorName(responses[0]?.errorCode ?? 0);
  };
  const now = () => Object.fromEntries(scene.broker.cluster.topics.get('orders')?.configs ?? []);
  return { scene, alter, now };
}

test('values are set and go back to their defaults, and what is not named stays', async () => {
  const { scene, alter, now } = await scenery();
  await using _ = scene;
  const set: Change[] = [
    ['retention.ms', SET, '5'],
    ['segment.ms', SET, '7'],
  ];
  assert.equal(await alter(set, { version: 0 }), 'NONE');
  assert.equal(await alter([['retention.ms', DELETE, null]]), 'NONE');
  assert.deepEqual(now(), { 'segment.ms': '7' });
});

test('a list is appended to and subtracted from, beginning with its default', async () => {
  const { scene, alter, now } = await scenery();
  await using _ = scene;
  await alter([['cleanup.policy', APPEND, 'compact']]);
  assert.deepEqual(now(), { 'cleanup.policy': 'delete,compact' });
  await alter([['cleanup.policy', APPEND, 'compact']]);
  assert.deepEqual(now(), { 'cleanup.policy': 'delete,compact' });
  await alter([['cleanup.policy', SUBTRACT, 'delete']]);
  assert.deepEqual(now(), { 'cleanup.policy': 'compact' });
  assert.equal(await alter([['cleanup.policy', SUBTRACT, 'delete']]), 'NONE');
});

test('a change that cannot be is refused, and nothing of its resource changes', async () => {
  const { scene, alter, now } = await scenery();
  await using _ = scene;
  const good: Change = ['segment.ms', SET, '7'];
  for (const [change, error] of [
    [['retention.ms', SET, 'x'], 'INVALID_CONFIG'],
    [['foo', SET, '1'], 'INVALID_CONFIG'],
    [['retention.ms', APPEND, '1'], 'INVALID_CONFIG'],
    [['retention.ms', SUBTRACT, '1'], 'INVALID_CONFIG'],
    [['retention.ms', SET, null], 'INVALID_REQUEST'],
    [['retention.ms', 9, '1'], 'UNKNOWN_SERVER_ERROR'],
    [['segment.ms', SET, '8'], 'INVALID_REQUEST'],
  ] as const) {
    assert.equal(await alter([good, change]), error, change.join(' '));
  }
  assert.equal(await alter([good], { validateOnly: true }), 'NONE');
  assert.deepEqual(now(), {});
});

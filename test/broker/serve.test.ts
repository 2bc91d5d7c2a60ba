import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopics } from '../../src/broker/apis/create-topics.ts';
import { metadata } from '../../src/broker/apis/metadata.ts';
import { ERROR } from '../../src/broker/errors.ts';
import type { Action } from '../../src/broker/interception.ts';
import { ConnectionClosed } from '../support/broker-client.ts';
import { BrokerScene } from '../support/broker-scene.ts';

const ORDERS = { topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }] };

/** Creates a topic while somebody has a say; what was answered, and whether the topic is there. */
async function created(moment: 'before' | 'after', action: Action | undefined) {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  scene.broker.intercept(({ api }, when) =>
    api === 'CreateTopics' && when === moment ? action : undefined,
  );
  const answer = await client.send(createTopics, 7, ORDERS).then(
    ({ topics }) => topics[0]?.errorCode,
    (error: unknown) => (error instanceof ConnectionClosed ? 'closed' : error),
  );
  return { answer, isThere: scene.broker.cluster.topics.get('orders') !== undefined };
}

test('a request goes on when nobody objects', async () => {
  assert.deepEqual(await created('before', undefined), { answer: 0, isThere: true });
  assert.deepEqual(await created('after', 'continue'), { answer: 0, isThere: true });
});

test('a request can be answered with an error, before its effect or after it', async () => {
  const refuse = { refuse: 'NOT_CONTROLLER' } as const;
  const answer = ERROR.NOT_CONTROLLER;
  assert.deepEqual(await created('before', refuse), { answer, isThere: false });
  assert.deepEqual(await created('after', refuse), { answer, isThere: true });
});

test('its connection can be cut, before the effect or after it', async () => {
  assert.deepEqual(await created('before', 'cut'), { answer: 'closed', isThere: false });
  assert.deepEqual(await created('after', 'cut'), { answer: 'closed', isThere: true });
});

test('its answer can be dropped while the next request on the connection is answered', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  scene.broker.intercept(({ api }) => (api === 'CreateTopics' ? 'drop' : 'continue'));
  client.post(createTopics, 7, ORDERS);
  const { topics } = await client.send(metadata, 12, { topics: null });
  assert.deepEqual(topics, []);
});

test('a request can be held, and with it those behind it on its connection and no others', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const held = await scene.connect();
  let release = (): void => {};
  const reached = new Promise<void>((resolve) => {
    scene.broker.intercept(({ connection }, moment) => {
      if (connection !== 0 || moment !== 'before') return undefined;
      resolve();
      return new Promise((go) => {
        release = () => go('continue');
      });
    });
  });
  const order: string[] = [];
  const first = held.send(metadata, 12, { topics: [] }).then(() => order.push('held'));
  await reached;
  const free = await scene.connect();
  await free.send(metadata, 12, { topics: [] }).then(() => order.push('free'));
  scene.broker.intercept(null);
  release();
  await first;
  assert.deepEqual(order, ['free', 'held']);
});

test('an interceptor sees who asks for what', async () => {
  await using scene = await BrokerScene.open({ brokers: 2 });
  const client = await scene.connect(2, 'somebody');
  const seen: unknown[] = [];
  scene.broker.intercept((request, moment) => {
    seen.push({ ...request, moment });
    return undefined;
  });
  await client.send(metadata, 1, { topics: [{ name: 'orders' }] });
  assert.deepEqual(
    seen.map((request) => Object.keys(request as object)),
    [
      ['node', 'connection', 'clientId', 'api', 'version', 'correlationId', 'body', 'moment'],
      ['node', 'connection', 'clientId', 'api', 'version', 'correlationId', 'body', 'moment'],
    ],
  );
  const [first] = seen as { node: number; clientId: string; api: string; version: number }[];
  assert.ok(first !== undefined);
  const { node, clientId, api, version } = first;
  assert.deepEqual([node, clientId, api, version], [2, 'somebody', 'Metadata', 1]);
});

test('the log of requests has the errors of their answers', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  await client.send(createTopics, 7, ORDERS);
  await client.send(metadata, 12, { topics: [] });
  const told = scene.broker.requests.map(({ api, version, errors }) => ({ api, version, errors }));
  assert.deepEqual(told, [
    { api: 'CreateTopics', version: 7, errors: [ERROR.TOPIC_ALREADY_EXISTS] },
    { api: 'Metadata', version: 12, errors: [] },
  ]);
});

test('a fault of the broker itself is told, and answered as an unknown error', async () => {
  const faults: unknown[] = [];
  await using scene = await BrokerScene.open({ onFault: (fault) => faults.push(fault) });
  const client = await scene.connect();
  Object.defineProperty(scene.broker.cluster, 'controllerId', {
    get() {
      throw new Error('This is a bug.');
    },
  });
  const { topics, errorCode } = await client.send(metadata, 13, { topics: null });
  assert.deepEqual([topics, errorCode], [[], ERROR.UNKNOWN_SERVER_ERROR]);
  assert.equal(faults.length, 1);
});

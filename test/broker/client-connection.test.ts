import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { fetch } from '../../src/broker/apis/fetch.ts';
import { metadata } from '../../src/broker/apis/metadata.ts';
import { batchOf } from '../support/broker-batches.ts';
import { readAnswer, requestFrame } from '../support/broker-client.ts';
import { BrokerScene, produceTo } from '../support/broker-scene.ts';
import { until } from '../support/until.ts';

const fetchOf = (fetchOffset: bigint, maxWaitMs: number) => ({
  maxWaitMs,
  minBytes: 1,
  topics: [
    { topic: 'orders', partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }] },
  ],
});

test('requests that come at once are answered one after the other, in their order', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const waiting = client.post(fetch, 11, fetchOf(0n, 1000));
  const behind = client.post(metadata, 12, { topics: [] });
  await until(() => scene.broker.requests.length === 1);
  scene.clock.advance(1000);
  readAnswer(fetch, 11, waiting, await client.frame());
  readAnswer(metadata, 12, behind, await client.frame());
});

test('a malformed frame ends its own connection and no other', async () => {
  await using scene = await BrokerScene.open();
  const [bad, good] = [await scene.connect(), await scene.connect()];
  bad.write(Buffer.from([0, 0, 0, 2, 9, 9]));
  await bad.closed();
  assert.equal((await good.send(metadata, 12, { topics: [] })).brokers.length, 1);
});

test('a frame whose size cannot be ends the connection at once', async () => {
  for (const head of [
    [0xff, 0xff, 0xff, 0xff],
    [0x7f, 0xff, 0xff, 0xff],
  ]) {
    await using scene = await BrokerScene.open();
    const client = await scene.connect();
    client.write(Buffer.from(head));
    await client.closed();
  }
});

test('what came before a malformed frame is answered first', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const asked = client.post(metadata, 12, { topics: [] });
  client.write(Buffer.from([0, 0, 0, 0]));
  readAnswer(metadata, 12, asked, await client.frame());
  await client.closed();
});

test('a client that goes away while it waits is forgotten', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  client.post(fetch, 11, fetchOf(0n, 100_000));
  await until(() => scene.broker.requests.length === 1);
  client.close();
  const [node] = scene.broker.cluster.nodes;
  await until(() => node?.connections.length === 0);
  assert.equal(scene.clock.nextMs, Number.POSITIVE_INFINITY);
});

test('a client that does not read its answers is not answered further until it does', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const writer = await scene.connect();
  const value = 'x'.repeat(900_000);
  for (let i = 0; i < 4; i++) await produceTo(writer, 'orders', 0, batchOf([{ value }]));
  scene.broker.cluster.requests.clear();
  const slow = await scene.connect();
  slow.pause();
  const asked = Array.from({ length: 40 }, () => slow.post(fetch, 11, fetchOf(0n, 0)));
  await until(() => scene.broker.requests.length > 0);
  // Others are served meanwhile; the slow one gets no more than its socket takes.
  for (let i = 0; i < 20; i++) await writer.send(metadata, 12, { topics: [] });
  const served = scene.broker.requests.filter(({ api }) => api === 'Fetch').length;
  assert.ok(served < 40, `${served} of 40 were served`);
  slow.resume();
  for (const id of asked) readAnswer(fetch, 11, id, await slow.frame());
});

test('a request is read however it is cut into pieces', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const header = { correlationId: 5, clientId: 'cut' };
  const bytes = Buffer.concat(requestFrame(metadata, 12, { topics: [] }, header));
  for (const byte of bytes) {
    client.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  readAnswer(metadata, 12, 5, await client.frame());
});

test('a thousand connections are served', async () => {
  await using scene = await BrokerScene.open();
  const clients = await Promise.all(Array.from({ length: 1000 }, () => scene.connect()));
  const answers = await Promise.all(
    clients.map((client) => client.send(metadata, 12, { topics: [] })),
  );
  assert.ok(answers.every(({ brokers }) => brokers.length === 1));
});

test('a connection that is reset harms nobody', async () => {
  await using scene = await BrokerScene.open();
  const [node] = scene.broker.cluster.nodes;
  const socket = connect({ port: node?.port ?? 0, host: '127.0.0.1' });
  await until(() => node?.connections.length === 1);
  socket.resetAndDestroy();
  await until(() => node?.connections.length === 0);
  const client = await scene.connect();
  assert.equal((await client.send(metadata, 12, { topics: [] })).brokers.length, 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetch } from '../../../src/broker/apis/fetch.ts';
import { metadata } from '../../../src/broker/apis/metadata.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { batchOf, markerOf } from '../../support/broker-batches.ts';
import { type BrokerClient, readAnswer } from '../../support/broker-client.ts';
import { BrokerScene } from '../../support/broker-scene.ts';
import { until } from '../../support/until.ts';

const partOf = (partition: number, fetchOffset: bigint, rest: object = {}) => ({
  partition,
  fetchOffset,
  partitionMaxBytes: 1_000_000,
  ...rest,
});
const bodyOf = (partitions: readonly ReturnType<typeof partOf>[], rest: object = {}) => ({
  maxWaitMs: 0,
  minBytes: 1,
  topics: [{ topic: 'orders', partitions }],
  ...rest,
});

/** What each partition was answered: its error, and the base offsets of its batches. */
async function fetched(client: BrokerClient, body: ReturnType<typeof bodyOf>, version = 12) {
  const { responses } = await client.send(fetch, version, body);
  return responses.flatMap(({ partitions }) =>
    partitions.map(({ errorCode, records }) => [errorName(errorCode), ...offsetsIn(records)]),
  );
}

function offsetsIn(records: Buffer | null): bigint[] {
  const offsets: bigint[] = [];
  const bytes = records ?? Buffer.alloc(0);
  for (let at = 0; at < bytes.length; at += 12 + bytes.readInt32BE(at + 8)) {
    offsets.push(bytes.readBigInt64BE(at));
  }
  return offsets;
}

test('records are read back in every version as they were produced', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const batch = batchOf(3, { leaderEpoch: 0 });
  scene.broker.produce('orders', 0, batch);
  const topicId = scene.broker.cluster.topics.get('orders')?.id ?? '';
  for (let version = 4; version <= 18; version++) {
    const topics = [{ topic: 'orders', topicId, partitions: [partOf(0, 0n)] }];
    const { responses } = await client.send(fetch, version, bodyOf([], { topics }));
    const [part] = responses[0]?.partitions ?? [];
    assert.deepEqual(part?.records, batch);
    assert.deepEqual([part?.highWatermark, part?.lastStableOffset], [3n, 3n]);
  }
});

test('the bytes that a client takes bound what it gets, but for the first batch', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 2 } });
  const client = await scene.connect();
  for (const index of [0, 0, 0, 1]) scene.broker.produce('orders', index, batchOf(1));
  const size = batchOf(1).length;
  const both = [partOf(0, 0n), partOf(1, 0n)];
  assert.deepEqual(await fetched(client, bodyOf(both)), [
    ['NONE', 0n, 1n, 2n],
    ['NONE', 0n],
  ]);
  assert.deepEqual(await fetched(client, bodyOf(both, { maxBytes: size * 2 })), [
    ['NONE', 0n, 1n],
    ['NONE'],
  ]);
  assert.deepEqual(await fetched(client, bodyOf(both, { maxBytes: 1 })), [['NONE', 0n], ['NONE']]);
  const small = [partOf(0, 0n, { partitionMaxBytes: 1 }), partOf(1, 0n)];
  assert.deepEqual(await fetched(client, bodyOf(small)), [
    ['NONE', 0n],
    ['NONE', 0n],
  ]);
});

test('each partition that cannot be read has its error, and the others are read', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 4 } });
  const client = await scene.connect();
  for (let i = 0; i < 4; i++) scene.broker.produce('orders', i, batchOf(1));
  const body = bodyOf([
    partOf(0, 0n),
    partOf(1, 2n),
    partOf(2, -1n),
    partOf(9, 0n),
    partOf(3, 0n, { currentLeaderEpoch: 1 }),
  ]);
  assert.deepEqual(await fetched(client, body), [
    ['NONE', 0n],
    ['OFFSET_OUT_OF_RANGE'],
    ['OFFSET_OUT_OF_RANGE'],
    ['UNKNOWN_TOPIC_OR_PARTITION'],
    ['UNKNOWN_LEADER_EPOCH'],
  ]);
  const topics = [{ topicId: 'AAAAAAAAAAAAAAAAAAAABA', partitions: [partOf(0, 0n)] }];
  assert.deepEqual(await fetched(client, bodyOf([], { topics }), 13), [['UNKNOWN_TOPIC_ID']]);
});

test('a client waits for records, and gets them when they come', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const waiting = fetched(client, bodyOf([partOf(0, 0n)], { maxWaitMs: 60_000 }));
  await until(() => scene.broker.requests.length === 1);
  scene.broker.produce('orders', 0, batchOf(1));
  assert.deepEqual(await waiting, [['NONE', 0n]]);
});

test('it waits until there are as many bytes as it wants, or its time is over', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const minBytes = batchOf(1).length + 1;
  const body = bodyOf([partOf(0, 0n)], { maxWaitMs: 500, minBytes });
  scene.broker.produce('orders', 0, batchOf(1));
  const asked = client.post(fetch, 12, body);
  await until(() => scene.broker.requests.length === 1);
  scene.clock.advance(499);
  assert.equal(scene.broker.requests[0]?.errors, null);
  scene.clock.advance(1);
  const { responses } = readAnswer(fetch, 12, asked, await client.frame());
  assert.deepEqual(offsetsIn(responses[0]?.partitions[0]?.records ?? null), [0n]);
  const waiting = fetched(client, bodyOf([partOf(0, 1n)], { maxWaitMs: 500, minBytes }));
  await until(() => scene.broker.requests.length === 2);
  scene.broker.produce('orders', 0, batchOf(1));
  scene.broker.produce('orders', 0, batchOf(1));
  assert.deepEqual(await waiting, [['NONE', 1n, 2n]]);
});

test('whoever waits learns at once that the leader has moved or the topic is gone', async () => {
  await using scene = await BrokerScene.open({ brokers: 2 });
  scene.broker.createTopic('orders', { partitions: 1, replicationFactor: 2 });
  const waits = async (act: () => void) => {
    scene.broker.moveLeader('orders', 0, 1);
    const client = await scene.connect(1);
    scene.broker.cluster.requests.clear();
    const waiting = fetched(client, bodyOf([partOf(0, 0n)], { maxWaitMs: 60_000 }), 10);
    await until(() => scene.broker.requests.length === 1);
    act();
    return waiting;
  };
  const moved = await waits(() => scene.broker.moveLeader('orders', 0, 2));
  assert.deepEqual(moved, [['NOT_LEADER_OR_FOLLOWER']]);
  const { cluster } = scene.broker;
  const deleted = await waits(() => {
    const topic = cluster.topics.get('orders');
    if (topic !== undefined) cluster.deleteTopic(topic);
  });
  assert.deepEqual(deleted, [['UNKNOWN_TOPIC_OR_PARTITION']]);
});

test('a follower answers clients that know of it, and only those', async () => {
  await using scene = await BrokerScene.open({ brokers: 3 });
  const { broker } = scene;
  broker.createTopic('orders', { partitions: 1, replicationFactor: 2 });
  broker.produce('orders', 0, batchOf(1));
  const replicas = broker.cluster.topics.partition('orders', 0)?.replicas ?? [];
  const [, follower = 0] = replicas;
  const stranger = [1, 2, 3].find((id) => !replicas.includes(id)) ?? 0;
  const body = bodyOf([partOf(0, 0n)]);
  assert.deepEqual(await fetched(await scene.connect(follower), body, 11), [['NONE', 0n]]);
  const refused = [['NOT_LEADER_OR_FOLLOWER']];
  assert.deepEqual(await fetched(await scene.connect(follower), body, 10), refused);
  assert.deepEqual(await fetched(await scene.connect(stranger), body, 11), refused);
});

test('who asks a broker that has no replica is told who leads, from version 16 on', async () => {
  await using scene = await BrokerScene.open({ brokers: 2, topics: { orders: 1 } });
  const leader = scene.broker.cluster.topics.partition('orders', 0)?.leaderId ?? 0;
  const topicId = scene.broker.cluster.topics.get('orders')?.id ?? '';
  const client = await scene.connect(3 - leader);
  const told = async (version: number) => {
    const topics = [{ topicId, partitions: [partOf(0, 0n)] }];
    const answer = await client.send(fetch, version, bodyOf([], { topics }));
    const [part] = answer.responses[0]?.partitions ?? [];
    return [part?.currentLeader.leaderId, answer.nodeEndpoints.map(({ nodeId }) => nodeId)];
  };
  assert.deepEqual(await told(15), [-1, []]);
  assert.deepEqual(await told(16), [leader, [leader]]);
});

test('a reader of committed records stops at an open transaction and is told of aborted ones', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const { broker } = scene;
  const open = { attributes: 0x10, producerId: 7n, producerEpoch: 0, baseSequence: 0 };
  broker.produce('orders', 0, batchOf(1));
  broker.produce('orders', 0, batchOf(2, open));
  const committed = bodyOf([partOf(0, 0n)], { isolationLevel: 1 });
  assert.deepEqual(await fetched(client, committed), [['NONE', 0n]]);
  assert.deepEqual(await fetched(client, bodyOf([partOf(0, 0n)])), [['NONE', 0n, 1n]]);
  broker.produceRaw('orders', 0, markerOf('abort', 7n, { baseOffset: 3n }));
  const { responses } = await client.send(fetch, 12, committed);
  const [part] = responses[0]?.partitions ?? [];
  assert.deepEqual(offsetsIn(part?.records ?? null), [0n, 1n, 3n]);
  assert.deepEqual(part?.abortedTransactions, [{ producerId: 7n, firstOffset: 1n }]);
});

test('no session is kept: a client that wants one gets none, one that goes on with one is told', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const first = await client.send(fetch, 12, bodyOf([partOf(0, 0n)], { sessionEpoch: 0 }));
  assert.deepEqual([first.errorCode, first.sessionId], [0, 0]);
  const next = await client.send(fetch, 12, bodyOf([], { sessionId: 5, sessionEpoch: 3 }));
  assert.deepEqual([errorName(next.errorCode), next.responses], ['FETCH_SESSION_ID_NOT_FOUND', []]);
});

test('who asks for nothing is answered at once', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const { responses } = await client.send(fetch, 12, bodyOf([], { maxWaitMs: 60_000 }));
  assert.deepEqual(responses, []);
  assert.equal((await client.send(metadata, 12, { topics: [] })).brokers.length, 1);
});

test('a client that read what is not in the log any more is told where the logs part', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  for (let i = 0; i < 3; i++) scene.broker.produce('orders', 0, batchOf(2));
  const told = async (fetchOffset: bigint, lastFetchedEpoch: number, version = 12) => {
    const topicId = scene.broker.cluster.topics.get('orders')?.id ?? '';
    const partitions = [partOf(0, fetchOffset, { lastFetchedEpoch })];
    const topics = [{ topic: 'orders', topicId, partitions }];
    const { responses } = await client.send(
      fetch,
      version,
      bodyOf([], { topics, maxWaitMs: 60_000 }),
    );
    const [part] = responses[0]?.partitions ?? [];
    const { epoch, endOffset } = part?.divergingEpoch ?? {};
    return [errorName(part?.errorCode ?? 0), ...offsetsIn(part?.records ?? null), epoch, endOffset];
  };
  const none = [-1, -1n];
  assert.deepEqual(await told(4n, 0), ['NONE', 4n, ...none]);
  scene.broker.truncate('orders', 0, 4n);
  assert.deepEqual(scene.broker.offsets('orders', 0), { start: 0n, end: 4n });
  scene.broker.produce('orders', 0, batchOf(2));
  assert.deepEqual(await told(6n, 0), ['NONE', 0, 4n]);
  assert.deepEqual(await told(6n, 0, 18), ['NONE', 0, 4n]);
  assert.deepEqual(await told(4n, 0), ['NONE', 4n, ...none]);
  assert.deepEqual(await told(4n, -1), ['NONE', 4n, ...none]);
  assert.deepEqual(await told(4n, 7), ['OFFSET_OUT_OF_RANGE', ...none]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadata } from '../../../src/broker/apis/metadata.ts';
import { produce } from '../../../src/broker/apis/produce.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { batchOf } from '../../support/broker-batches.ts';
import { BrokerScene, NOW_MS, produceTo } from '../../support/broker-scene.ts';

const bodyOf = (records: Buffer | null, rest: object = {}) => ({
  transactionalId: null,
  acks: -1,
  timeoutMs: 1000,
  topicData: [
    { name: 'orders', partitionData: [{ index: 0, records: records === null ? null : [records] }] },
  ],
  ...rest,
});

test('records are appended in every version, and where they went is told', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const topicId = scene.broker.cluster.topics.get('orders')?.id ?? '';
  for (let version = 3; version <= 13; version++) {
    const partitionData = [{ index: 0, records: [batchOf(2)] }];
    const topicData = [{ name: 'orders', topicId, partitionData }];
    const { responses } = await client.send(produce, version, bodyOf(null, { topicData }));
    const [answer] = responses[0]?.partitionResponses ?? [];
    assert.deepEqual([answer?.errorCode, answer?.baseOffset], [0, BigInt((version - 3) * 2)]);
  }
});

test('each partition is answered for itself', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 2 } });
  const client = await scene.connect();
  const partitionData = [
    { index: 0, records: [batchOf(1)] },
    { index: 1, records: [batchOf(1, { crc: 1 })] },
    { index: 2, records: [batchOf(1)] },
  ];
  const unknown = { name: 'none', partitionData: partitionData.slice(0, 1) };
  const internal = { ...unknown, name: '__consumer_offsets' };
  const topicData = [{ name: 'orders', partitionData }, unknown, internal];
  const { responses } = await client.send(produce, 9, bodyOf(null, { topicData }));
  const errors = responses.map(({ partitionResponses }) =>
    partitionResponses.map(({ errorCode }) => errorName(errorCode)),
  );
  assert.deepEqual(errors, [
    ['NONE', 'CORRUPT_MESSAGE', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['UNKNOWN_TOPIC_OR_PARTITION'],
    ['INVALID_TOPIC_EXCEPTION'],
  ]);
});

test('an unknown id of a topic is told as such', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const partitionData = [{ index: 0, records: [batchOf(1)] }];
  const topicData = [{ topicId: 'AAAAAAAAAAAAAAAAAAAABA', partitionData }];
  const { responses } = await client.send(produce, 13, bodyOf(null, { topicData }));
  assert.equal(errorName(responses[0]?.partitionResponses[0]?.errorCode ?? 0), 'UNKNOWN_TOPIC_ID');
});

test('a client that wants no answer gets none, and is cut off when something is wrong', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  client.post(produce, 9, bodyOf(batchOf(1), { acks: 0 }));
  await client.send(metadata, 12, { topics: [] });
  assert.equal(scene.broker.offsets('orders', 0).end, 1n);
  client.post(produce, 9, bodyOf(batchOf(1, { crc: 1 }), { acks: 0 }));
  await client.closed();
});

test('acks are -1, 0 or 1', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const errorOf = async (acks: number) =>
    (await produceTo(client, 'orders', 0, batchOf(1), { acks })).error;
  assert.equal(await errorOf(1), 'NONE');
  assert.equal(await errorOf(2), 'INVALID_REQUIRED_ACKS');
  assert.equal(await errorOf(-2), 'INVALID_REQUIRED_ACKS');
});

test('a partition without records ends the connection', async () => {
  for (const records of [null, Buffer.alloc(0)]) {
    await using scene = await BrokerScene.open({ topics: { orders: 1 } });
    const client = await scene.connect();
    client.post(produce, 9, bodyOf(records));
    await client.closed();
  }
});

test('records of a transaction are refused of a producer that has none', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const facts = { attributes: 0x10, producerId: 5n, producerEpoch: 0, baseSequence: 0 };
  const { error } = await produceTo(client, 'orders', 0, batchOf(1, facts));
  assert.equal(error, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
});

test('records out of time are told one by one', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const baseTimestamp = BigInt(NOW_MS);
  const late = batchOf([{ value: 'a' }, { value: 'b', atMs: 7_200_000 }], { baseTimestamp });
  const answer = await produceTo(client, 'orders', 0, late);
  assert.equal(answer.error, 'INVALID_TIMESTAMP');
  assert.equal(
    answer.errorMessage,
    'One or more records have been rejected due to invalid timestamp',
  );
  assert.deepEqual(
    answer.recordErrors.map(({ batchIndex }) => batchIndex),
    [1],
  );
});

test('zstd is taken from version 7 on', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const errorOf = async (version: number) =>
    (await produceTo(client, 'orders', 0, batchOf(1, { attributes: 4 }), { version })).error;
  assert.equal(await errorOf(6), 'UNSUPPORTED_COMPRESSION_TYPE');
  assert.equal(await errorOf(7), 'NONE');
});

test('who asks another broker than the leader is told where the leader is', async () => {
  await using scene = await BrokerScene.open({ brokers: 2 });
  scene.broker.createTopic('orders', { partitions: 1, replicationFactor: 2 });
  scene.broker.moveLeader('orders', 0, 2);
  const client = await scene.connect(1);
  const answer = await client.send(produce, 10, bodyOf(batchOf(1)));
  const [part] = answer.responses[0]?.partitionResponses ?? [];
  assert.equal(errorName(part?.errorCode ?? 0), 'NOT_LEADER_OR_FOLLOWER');
  assert.equal(part?.currentLeader.leaderId, 2);
  const address = answer.nodeEndpoints.map(({ host, port }) => `${host}:${port}`);
  assert.deepEqual(address, scene.broker.addresses.slice(1));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadata } from '../../../src/broker/apis/metadata.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { ZERO_UUID } from '../../../src/broker/wire/kinds.ts';
import { BrokerScene } from '../../support/broker-scene.ts';

const STRANGE_ID = 'AAAAAAAAAAAAAAAAAAAABA';

test('all topics are told when none is named: by null, in version 0 by an empty list', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 2, payments: 1 } });
  const client = await scene.connect();
  for (let version = 0; version <= 13; version++) {
    const all = await client.send(metadata, version, { topics: version === 0 ? [] : null });
    assert.deepEqual(
      all.topics.map(({ name }) => name),
      ['orders', 'payments'],
    );
    assert.deepEqual(
      all.topics.map(({ partitions }) => partitions.length),
      [2, 1],
    );
  }
  assert.deepEqual((await client.send(metadata, 1, { topics: [] })).topics, []);
});

test('a topic is described by its name or its id', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const topicId = scene.broker.cluster.topics.get('orders')?.id ?? '';
  const byName = await client.send(metadata, 12, { topics: [{ name: 'orders' }] });
  const byId = await client.send(metadata, 12, { topics: [{ name: null, topicId }] });
  assert.deepEqual(byId, byName);
  const [topic] = byName.topics;
  assert.deepEqual([topic?.topicId, topic?.isInternal], [topicId, false]);
  assert.deepEqual(topic?.partitions, [
    {
      errorCode: 0,
      partitionIndex: 0,
      leaderId: 1,
      leaderEpoch: 0,
      replicaNodes: [1],
      isrNodes: [1],
      offlineReplicas: [],
    },
  ]);
  assert.equal(byName.clusterId, scene.broker.cluster.id);
});

test('a topic that is not there, has no proper name or an unknown id is told as an error', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const wanted = [{ name: 'none' }, { name: 'none' }, { name: 'a/b' }];
  const { topics } = await client.send(metadata, 12, {
    topics: [...wanted, { name: null, topicId: STRANGE_ID }],
  });
  assert.deepEqual(
    topics.map(({ name, topicId, errorCode }) => [name, topicId, errorName(errorCode)]),
    [
      ['none', ZERO_UUID, 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['a/b', ZERO_UUID, 'INVALID_TOPIC_EXCEPTION'],
      [null, STRANGE_ID, 'UNKNOWN_TOPIC_ID'],
    ],
  );
});

test('ids are refused in versions that have them in the layout but do not take them', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const answer = await client.send(metadata, 10, { topics: [{ name: 'x', topicId: STRANGE_ID }] });
  assert.deepEqual(answer.brokers, []);
  assert.equal(errorName(answer.topics[0]?.errorCode ?? 0), 'INVALID_REQUEST');
});

test('a topic is made when it is asked for, if broker and client allow it', async () => {
  const configs = { 'num.partitions': '3' };
  await using scene = await BrokerScene.open({ autoCreateTopics: true, configs });
  const client = await scene.connect();
  const ask = async (name: string, allowAutoTopicCreation: boolean) => {
    const body = { topics: [{ name }], allowAutoTopicCreation };
    return (await client.send(metadata, 8, body)).topics[0];
  };
  assert.equal((await ask('orders', false))?.errorCode, 3);
  assert.equal((await ask('orders', true))?.partitions.length, 3);
  assert.equal((await ask('or.ders', true))?.errorCode, 0);
  assert.equal((await ask('or_ders', true))?.errorCode, 3);
});

test('what a client may do is told when it asks', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const client = await scene.connect();
  const asking = {
    includeTopicAuthorizedOperations: true,
    includeClusterAuthorizedOperations: true,
  };
  const told = await client.send(metadata, 9, { topics: null, ...asking });
  assert.equal(told.clusterAuthorizedOperations, 8096);
  assert.equal(told.topics[0]?.topicAuthorizedOperations, 3576);
  const untold = await client.send(metadata, 9, { topics: null });
  assert.equal(untold.topics[0]?.topicAuthorizedOperations, -(2 ** 31));
});

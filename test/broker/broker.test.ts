import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heartbeat } from '../../src/broker/apis/heartbeat.ts';
import { joinGroup } from '../../src/broker/apis/join-group.ts';
import { listOffsets } from '../../src/broker/apis/list-offsets.ts';
import { syncGroup } from '../../src/broker/apis/sync-group.ts';
import { EmbeddedBroker } from '../../src/broker/broker.ts';
import { errorName } from '../../src/broker/errors.ts';
import { batchOf, markerOf } from '../support/broker-batches.ts';
import { BrokerClient } from '../support/broker-client.ts';
import { BrokerScene } from '../support/broker-scene.ts';
import { until } from '../support/until.ts';

test('it listens on this machine only', async () => {
  const start = EmbeddedBroker.start({ host: '0.0.0.0' });
  await assert.rejects(start, { code: 'MR360', message: /cannot listen on 0\.0\.0\.0/ });
});

test('a port that is taken is told', async () => {
  await using scene = await BrokerScene.open();
  const [node] = scene.broker.cluster.nodes;
  const start = EmbeddedBroker.start({ port: node?.port ?? 0 });
  await assert.rejects(start, { code: 'MR361', message: /is in use by another process/ });
});

test('brokers on given ports have those behind the first', async () => {
  const free = await EmbeddedBroker.start({ brokers: 1 });
  const port = Number(free.bootstrap.split(':')[1]);
  await free.close();
  await using broker = await EmbeddedBroker.start({ port });
  assert.equal(broker.bootstrap, `127.0.0.1:${port}`);
});

test('it starts with topics and configs', async () => {
  const configs = { 'num.partitions': '3' };
  await using scene = await BrokerScene.open({ topics: { orders: 2 }, configs });
  scene.broker.createTopic('open', { configs: { 'retention.ms': '1000' } });
  const { topics } = scene.broker.cluster;
  assert.equal(topics.get('orders')?.partitions.length, 2);
  assert.equal(topics.get('open')?.partitions.length, 3);
  assert.equal(topics.get('open')?.configs.get('retention.ms'), '1000');
  assert.throws(() => scene.broker.createTopic('orders'), /TOPIC_ALREADY_EXISTS/);
  await assert.rejects(EmbeddedBroker.start({ configs: { 'no.such': '1' } }), TypeError);
});

test('records can be produced, counted and deleted without a client', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const { broker } = scene;
  assert.equal(broker.produce('orders', 0, batchOf(3)).baseOffset, 0n);
  assert.throws(() => broker.produce('orders', 0, batchOf(3, { crc: 1 })), /CORRUPT_MESSAGE/);
  broker.deleteRecordsBefore('orders', 0, 2n);
  assert.deepEqual(broker.offsets('orders', 0), { start: 2n, end: 3n });
  assert.throws(() => broker.offsets('orders', 1), RangeError);
});

test('any batch can be put into a log: a marker, a gap, one with a wrong checksum', async () => {
  await using scene = await BrokerScene.open({ topics: { orders: 1 } });
  const { broker } = scene;
  const open = { attributes: 0x10, producerId: 1n, producerEpoch: 0, baseSequence: 0 };
  broker.produceRaw('orders', 0, batchOf(2, { ...open, baseOffset: 1_000_000n, crc: 1 }));
  const client = await scene.connect();
  const stable = async () => {
    const partitions = [{ partitionIndex: 0, timestamp: -1n }];
    const topics = [{ name: 'orders', partitions }];
    const answer = await client.send(listOffsets, 7, { topics, isolationLevel: 1 });
    return answer.topics[0]?.partitions[0]?.offset;
  };
  assert.equal(await stable(), 1_000_000n);
  broker.produceRaw('orders', 0, markerOf('commit', 1n, { baseOffset: 1_000_002n }));
  assert.equal(await stable(), 1_000_003n);
});

test('leaders and coordinators can be moved', async () => {
  await using scene = await BrokerScene.open({ brokers: 2 });
  const { broker } = scene;
  broker.createTopic('orders', { partitions: 1, replicationFactor: 2 });
  for (const id of [1, 2]) {
    broker.moveLeader('orders', 0, id);
    assert.equal(broker.cluster.topics.partition('orders', 0)?.leaderId, id);
    broker.moveCoordinator('g', id);
    assert.equal(broker.cluster.groups.coordinatorOf('g')?.id, id);
  }
  assert.throws(() => broker.moveLeader('orders', 0, 3), RangeError);
  await assert.rejects(broker.takeDown(3), RangeError);
});

test('advancing its clock ends sessions, rebalances and the first wait of a group at once', async () => {
  // On the machine's clock: nothing of this comes within the time of a test.
  await using broker = await EmbeddedBroker.start({
    configs: { 'group.initial.rebalance.delay.ms': '200000' },
  });
  const [one, two] = [
    await BrokerClient.connect(broker.bootstrap),
    await BrokerClient.connect(broker.bootstrap),
  ];
  const join = (client: BrokerClient) =>
    client.send(joinGroup, 3, {
      groupId: 'g',
      sessionTimeoutMs: 1_000_000,
      rebalanceTimeoutMs: 250_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    });
  const members = () => broker.cluster.groups.get('g')?.members ?? [];
  const beat = async (client: BrokerClient, generationId: number, memberId: string) =>
    errorName(
      (await client.send(heartbeat, 4, { groupId: 'g', generationId, memberId })).errorCode,
    );

  const first = join(one);
  await until(() => members().length === 1);
  broker.clock.advance(200_000);
  const { memberId, generationId } = await first;
  assert.equal(generationId, 1, 'nobody else came in the first wait');

  const second = join(two);
  await until(() => members().length === 2);
  broker.clock.advance(250_000);
  const joined = await second;
  assert.deepEqual([joined.generationId, joined.members.length], [2, 1]);
  assert.equal(await beat(one, 1, memberId), 'UNKNOWN_MEMBER_ID', 'who did not join again is out');

  const assignment = Buffer.alloc(0);
  const claim = { groupId: 'g', generationId: 2, memberId: joined.memberId };
  await two.send(syncGroup, 3, {
    ...claim,
    assignments: [{ memberId: joined.memberId, assignment }],
  });
  broker.clock.advance(999_000);
  assert.equal(await beat(two, 2, joined.memberId), 'NONE');
  broker.clock.advance(1_000_000);
  assert.equal(await beat(two, 2, joined.memberId), 'UNKNOWN_MEMBER_ID', 'its session is over');
  for (const client of [one, two]) client.close();
});

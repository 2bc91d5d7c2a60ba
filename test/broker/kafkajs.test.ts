import assert from 'node:assert/strict';
import { test } from 'node:test';
import kafkajs, { type Kafka } from 'kafkajs';
import { EmbeddedBroker, type EmbeddedBrokerOptions } from '../../src/broker/broker.ts';

/** A broker with the machine's clocks, and a client of it. */
async function withKafka(
  run: (kafka: Kafka, broker: EmbeddedBroker) => Promise<void>,
  options: EmbeddedBrokerOptions = {},
): Promise<void> {
  const configs = { 'group.initial.rebalance.delay.ms': '0' };
  await using broker = await EmbeddedBroker.start({ configs, ...options });
  const retry = { initialRetryTime: 20, maxRetryTime: 200, retries: 20 };
  const kafka = new kafkajs.Kafka({
    brokers: broker.addresses,
    logLevel: kafkajs.logLevel.NOTHING,
    retry,
  });
  await run(kafka, broker);
}

const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;

test('its admin creates, describes, changes and deletes topics', async () => {
  await withKafka(
    async (kafka) => {
      const admin = kafka.admin();
      await admin.connect();
      const { brokers, controller } = await admin.describeCluster();
      assert.deepEqual([brokers.length, controller], [3, 1]);
      const wish = { topic: 'orders', numPartitions: 2, replicationFactor: 3 };
      assert.equal(await admin.createTopics({ topics: [wish] }), true);
      assert.equal(await admin.createTopics({ topics: [wish] }), false);
      await admin.createPartitions({ topicPartitions: [{ topic: 'orders', count: 3 }] });
      const { topics } = await admin.fetchTopicMetadata({ topics: ['orders'] });
      assert.deepEqual(
        topics[0]?.partitions.map(({ replicas }) => replicas.length),
        [3, 3, 3],
      );
      const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: 'orders' };
      const configEntries = [{ name: 'retention.ms', value: '1000' }];
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ ...resource, configEntries }],
      });
      const told = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ ...resource, configNames: ['retention.ms'] }],
      });
      assert.equal(told.resources[0]?.configEntries[0]?.configValue, '1000');
      await admin.deleteTopics({ topics: ['orders'] });
      assert.deepEqual(await admin.listTopics(), []);
      await admin.disconnect();
    },
    { brokers: 3 },
  );
});

test('what its producer sends, its consumer gets', async () => {
  await withKafka(async (kafka) => {
    const producer = kafka.producer({ createPartitioner });
    await producer.connect();
    const headers = { trace: 'abc' };
    const messages = Array.from({ length: 200 }, (_, i) => ({
      key: `k${i}`,
      value: `v${i}`,
      headers,
    }));
    await producer.send({ topic: 'orders', messages });
    const consumer = kafka.consumer({ groupId: 'readers' });
    await consumer.connect();
    await consumer.subscribe({ topic: 'orders', fromBeginning: true });
    const got: string[] = [];
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          async eachMessage({ message }) {
            assert.equal(String(message.headers?.['trace']), 'abc');
            if (got.push(`${message.key} ${message.value}`) === messages.length) resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
    await producer.disconnect();
    assert.deepEqual(
      got,
      messages.map(({ key, value }) => `${key} ${value}`),
    );
  });
});

test('its admin tells, and deletes up to, offsets', async () => {
  await withKafka(
    async (kafka, broker) => {
      const producer = kafka.producer({ createPartitioner });
      await producer.connect();
      const messages = [1, 2, 3, 4].map((n) => ({ value: `${n}`, timestamp: `${Date.now() + n}` }));
      await producer.send({ topic: 'orders', messages, acks: 1 });
      await producer.disconnect();
      const admin = kafka.admin();
      await admin.connect();
      // It looks for the leader only in what it has been told before.
      await admin.fetchTopicOffsets('orders');
      await admin.deleteTopicRecords({
        topic: 'orders',
        partitions: [{ partition: 0, offset: '3' }],
      });
      const [told] = await admin.fetchTopicOffsets('orders');
      assert.deepEqual([told?.low, told?.high], ['3', '4']);
      assert.deepEqual(broker.offsets('orders', 0), { start: 3n, end: 4n });
      await admin.disconnect();
    },
    { topics: { orders: 1 } },
  );
});

test('its producer finds the new leader when a broker goes down', async () => {
  await withKafka(
    async (kafka, broker) => {
      broker.createTopic('orders', { partitions: 1, replicationFactor: 2 });
      const producer = kafka.producer({ createPartitioner });
      await producer.connect();
      const send = (value: string) => producer.send({ topic: 'orders', messages: [{ value }] });
      await send('before');
      const leader = broker.cluster.topics.partition('orders', 0)?.leaderId ?? 0;
      await broker.takeDown(leader);
      await send('after');
      assert.equal(broker.offsets('orders', 0).end, 2n);
      await producer.disconnect();
    },
    { brokers: 2 },
  );
});

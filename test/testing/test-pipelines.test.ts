import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { EmbeddedBroker, Faults, TestPipelines } from '../../src/testing/index.ts';
import { projectOf } from '../support/handler-files.ts';

const CONFIG = `version: 1
kafka: { brokers: "prod:9092" }
workers: { threads: 1 }
pipelines:
  orders:
    source: { topics: [orders], groupId: orders }
    handler: ./handler.mjs
    sink: { topic: copies }
`;

/** A broker with `count` orders, and the path of a configuration. */
async function setting(t: TestContext, handler: string, count: number) {
  const broker = await EmbeddedBroker.start({
    topics: { orders: 2, copies: 2 },
    configs: { 'group.initial.rebalance.delay.ms': '0' },
  });
  t.after(() => broker.close());
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  const messages = Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: `{"n":${i}}` }));
  await producer.send({ topic: 'orders', messages });
  await producer.disconnect();
  const folder = await projectOf(t, { 'millrace.yaml': CONFIG, 'handler.mjs': handler });
  return { broker, config: join(folder, 'millrace.yaml') };
}

const endOf = (broker: EmbeddedBroker, topic: string): number =>
  [0, 1].reduce((sum, partition) => sum + Number(broker.offsets(topic, partition).end), 0);

test('pipelines handle what is there, and their stop commits it', async (t) => {
  const { broker, config } = await setting(t, 'export default ({ value }) => value;', 10);
  const pipelines = await TestPipelines.start({ config, brokers: broker.bootstrap });
  await pipelines.idle();
  assert.deepEqual(pipelines.counts, { handled: 10, skipped: 0, dropped: 0 });
  assert.deepEqual((await pipelines.stop()).abandoned, []);
  assert.equal(endOf(broker, 'copies'), 10);
  const offsets = broker.cluster.groups.get('orders')?.offsets;
  const committed = [0, 1].map((partition) => offsets?.committed('orders', partition)?.offset);
  assert.deepEqual(
    committed,
    [0, 1].map((partition) => broker.offsets('orders', partition).end),
  );
});

test('a commit that is refused is made again', async (t) => {
  const { broker, config } = await setting(t, 'export default () => {};', 3);
  const fault = new Faults(broker).failNext('OffsetCommit', 'COORDINATOR_LOAD_IN_PROGRESS', {
    times: 3,
  });
  const pipelines = await TestPipelines.start({ config, brokers: broker.bootstrap });
  await pipelines.idle();
  assert.deepEqual((await pipelines.stop()).abandoned, []);
  assert.equal(fault.met, 3);
});

test('a configuration that is wrong is shown with its place', async (t) => {
  const { broker, config } = await setting(t, 'export default () => {};', 1);
  const started = TestPipelines.start({
    config,
    brokers: broker.bootstrap,
    set: ['pipelines.orders.ordering=keys'],
  });
  await assert.rejects(started, /pipelines.orders.ordering/);
});

test('a handler that does not load is what the start rejects with', async (t) => {
  const { broker, config } = await setting(t, 'export const nothing = 1;', 1);
  await assert.rejects(TestPipelines.start({ config, brokers: broker.bootstrap }), {
    code: 'MR202',
  });
});

test('what is not idle in time is said', async (t) => {
  const { broker, config } = await setting(t, 'export default () => new Promise(() => {});', 1);
  const pipelines = await TestPipelines.start({ config, brokers: broker.bootstrap });
  await assert.rejects(pipelines.idle(50, 300), /Not idle within 300 ms/);
  assert.equal((await pipelines.stop(2000)).abandoned.length, 1);
});

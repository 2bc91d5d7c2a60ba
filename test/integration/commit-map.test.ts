import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { CliProcess } from '../support/cli-process.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { SHORT_SESSION } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;
const QUICK = 300;

describe('records that are done above one that is not', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
  concurrency: 2,
  timeout: 60_000,
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  /** A member that has handled everything but the first record, which never ends, and has noted that. */
  async function open(t: TestContext) {
    const topic = await kit.topic(1);
    const group = `${topic}-group`;
    const quick = Array.from({ length: QUICK }, (_, i) => ({ key: `k${i % 40}`, value: '{}' }));
    await kit.produce(topic, [{ key: 'hung', value: '{"forever":true}' }, ...quick]);
    const scene = await Scene.open(
      {
        brokers: kit.brokers,
        topic,
        group,
        handler: 'scripted.mjs',
        source: SHORT_SESSION,
        keys: 'timeout: 60s\ncommit: { interval: 200ms }\nrebalance: { drainTimeout: 1s }',
        top: 'workers: { threads: 1, concurrencyPerThread: 8 }\nshutdown: { timeout: 3s }',
      },
      t,
    );
    const member = scene.run();
    await until(() => scene.witness.ends.size === QUICK);
    await until(() => isWhole(topic, group));
    return { topic, group, scene, member };
  }

  async function noted(topic: string, group: string): Promise<string> {
    const [found] = await kit.admin.fetchOffsets({ groupId: group, topics: [topic] });
    return /"done":"([^"]*)"/.exec(found?.partitions[0]?.metadata ?? '')?.[1] ?? '';
  }

  /** One range: one past the committed offset, as long as there are quick records. */
  const isWhole = async (topic: string, group: string): Promise<boolean> =>
    (await noted(topic, group)) ===
    Buffer.from([1, (QUICK & 0x7f) | 0x80, QUICK >> 7]).toString('base64url');

  const ranIn = ({ scene }: { scene: Scene }, { pid }: CliProcess): string[] =>
    scene.witness.executions.filter((each) => each.pid === pid).map(({ id }) => id);

  /** Starts another member, which has to run the first record and nothing else of these; then one more, which it has to see too. */
  async function assertOnlyTheFirst(opened: Awaited<ReturnType<typeof open>>): Promise<void> {
    const { topic, group, scene } = opened;
    assert.deepEqual(await kit.committed(group, topic), new Map([[0, 0n]]));
    const next = scene.run();
    await kit.produce(topic, [{ key: 'k0', value: '{}' }]);
    await until(() => scene.witness.ends.has(`0/${QUICK + 1}`));
    assert.deepEqual(ranIn(opened, next).sort(), ['0/0', `0/${QUICK + 1}`]);
  }

  test('are not run again by the next member after a kill -9', async (t) => {
    const opened = await open(t);
    opened.member.signal('SIGKILL');
    await opened.member.exit();
    await assertOnlyTheFirst(opened);
  });

  test('are not run again after a stop that had to abandon the one that is not', async (t) => {
    const opened = await open(t);
    opened.member.signal('SIGTERM');
    const { code } = await opened.member.exit();
    assert.equal(code, 75, opened.member.stdout);
    await assertOnlyTheFirst(opened);
  });

  test('are run again when somebody sets the offset, also to where it is', async (t) => {
    const opened = await open(t);
    const { topic, group, scene, member } = opened;
    member.signal('SIGTERM');
    await member.exit();
    await kit.admin.setOffsets({
      groupId: group,
      topic,
      partitions: [{ partition: 0, offset: '0' }],
    });
    const next = scene.run();
    await until(() => ranIn(opened, next).length === QUICK + 1);
  });
});

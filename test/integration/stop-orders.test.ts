import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { CliProcess, LogEntry } from '../support/cli-process.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;

describe('an order to stop that can not be followed', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
  concurrency: 2,
  timeout: 60_000,
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  /** Two partitions with quick records, and one each that never ends between them; returns when those run. */
  async function openHanging(
    t: TestContext,
    top: string,
  ): Promise<{ scene: Scene; member: CliProcess; topic: string }> {
    const topic = await kit.topic(3);
    const quick = (partition: number) => ({ partition, key: 'quick', value: '{}' });
    const hung = (partition: number) => ({ partition, key: 'hung', value: '{"forever":true}' });
    await kit.produce(topic, [
      ...[quick(0), quick(0), hung(0), quick(0), quick(0)],
      ...[quick(1), hung(1), quick(1)],
      quick(2),
    ]);
    const scene = await Scene.open(
      {
        brokers: kit.brokers,
        topic,
        group: `${topic}-group`,
        handler: 'scripted.mjs',
        keys: 'timeout: 60s\nrebalance: { drainTimeout: 1s }',
        top: `workers: { threads: 1, concurrencyPerThread: 8 }\n${top}`,
      },
      t,
    );
    const member = scene.run();
    await member.line(({ msg }) => msg === 'running');
    await kit.untilCommitted(topic, `${topic}-group`, [2n, 1n, 1n]);
    await until(() => scene.witness.ends.size === 7);
    return { scene, member, topic };
  }

  const abandoned = (member: CliProcess): LogEntry[] =>
    member.lines
      .filter(({ msg }) => msg === 'abandoned')
      .sort((a, b) => Number(a['partition']) - Number(b['partition']));

  /** One line for each partition that has an unfinished record, with what is known of it. */
  function assertAbandoned(member: CliProcess, topic: string): void {
    const facts = abandoned(member).map(({ level, partition, from, to, unfinished, ...rest }) => {
      assert.equal(rest['topic'], topic);
      return { level, partition, from, to, unfinished };
    });
    assert.deepEqual(facts, [
      { level: 'error', partition: 0, from: '2', to: '5', unfinished: 1 },
      { level: 'error', partition: 1, from: '1', to: '3', unfinished: 1 },
    ]);
  }

  for (const [first, second] of [
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGINT'],
    ['SIGTERM', 'SIGINT'],
    ['SIGHUP', 'SIGTERM'],
  ] as const) {
    test(`${second} after ${first} ends the process at once with 75, and names what is abandoned`, async (t) => {
      const { member, topic } = await openHanging(t, 'shutdown: { timeout: 20s }');
      member.signal(first);
      await member.line(({ msg }) => msg.startsWith('stopping:'));
      member.signal(second);
      const { code, elapsedMs } = await member.exit();
      assert.equal(code, 75, member.stdout + member.stderr);
      assert.ok(elapsedMs < 1000, `it took ${elapsedMs} ms`);
      assertAbandoned(member, topic);
    });
  }

  test('a second signal when all has ended and is committed ends the process with 0', async (t) => {
    const topic = await kit.topic(1);
    await kit.produce(topic, [{ key: 'a', value: '{}' }]);
    const group = `${topic}-group`;
    const scene = await Scene.open(
      { brokers: kit.brokers, topic, group, handler: 'slow-teardown.mjs' },
      t,
    );
    const member = scene.run();
    await kit.untilCommitted(topic, group, [1n]);
    member.signal('SIGTERM');
    // All that the stop still waits for is the handler's own teardown.
    await member.line(({ msg }) => msg === 'left the group');
    member.signal('SIGTERM');
    const { code } = await member.exit();
    assert.equal(code, 0, member.stdout + member.stderr);
    assert.deepEqual(abandoned(member), []);
  });

  test('past shutdown.timeout the process ends with 75, and names what is abandoned', async (t) => {
    const { scene, member, topic } = await openHanging(t, 'shutdown: { timeout: 3s }');
    member.signal('SIGTERM');
    const { code, elapsedMs } = await member.exit();
    assert.equal(code, 75, member.stdout + member.stderr);
    assert.ok(elapsedMs < 3500, `it took ${elapsedMs} ms`);
    assertAbandoned(member, topic);
    // What was abandoned is handled by the next member, and nothing that was done, below what was committed or above.
    assert.deepEqual([...(await kit.committed(`${topic}-group`, topic)).values()], [2n, 1n, 1n]);
    const next = scene.run();
    const { pid } = next;
    await kit.produce(
      topic,
      [0, 1].map((partition) => ({ partition, key: 'next', value: '{}' })),
    );
    await until(() => scene.witness.ends.has('0/5') && scene.witness.ends.has('1/3'));
    const again = scene.witness.executions.filter((each) => each.pid === pid).map(({ id }) => id);
    assert.deepEqual(again.sort(), ['0/2', '0/5', '1/1', '1/3']);
  });

  test('records that end before the deadline are committed, and the code is 0', async (t) => {
    const topic = await kit.topic(1);
    await kit.produce(topic, [
      { key: 'a', value: '{"waitMs":2500}' },
      { key: 'b', value: '{}' },
    ]);
    const scene = await Scene.open(
      {
        brokers: kit.brokers,
        topic,
        group: `${topic}-group`,
        handler: 'scripted.mjs',
      },
      t,
    );
    const member = scene.run();
    await member.line(({ msg }) => msg === 'running');
    await until(() => scene.witness.executions.length === 2);
    member.signal('SIGTERM');
    const { code } = await member.exit();
    assert.equal(code, 0, member.stdout);
    assert.deepEqual([...scene.witness.ends.keys()].sort(), ['0/0', '0/1']);
    assert.deepEqual(await kit.committed(`${topic}-group`, topic), await kit.ends(topic));
    assert.deepEqual(abandoned(member), []);
  });
});

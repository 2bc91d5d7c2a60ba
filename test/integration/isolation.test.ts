import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { KafkaKit } from '../support/kafka-kit.ts';
import { IS_LONG } from '../support/test-cluster.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;

describe('a handler that does harm', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  /** Runs 400 harmless records with one of `key` among them until all is handled. */
  async function harm(
    key: string,
    setting: { burnMs?: number; source?: string; keys?: string; top?: string },
  ) {
    const topic = await kit.topic(4);
    const messages = Array.from({ length: 401 }, (_, i) => ({
      key: i === 100 ? key : `k${i % 40}`,
      value: String(i),
      partition: i % 4,
    }));
    await kit.produce(topic, messages);
    const scene = await Scene.open({
      brokers: kit.brokers,
      topic,
      group: `${topic}-group`,
      handler: 'harmful.mjs',
      options: { burnMs: setting.burnMs ?? 0 },
      source: setting.source ?? '',
      keys: setting.keys ?? '',
      top: setting.top ?? 'workers: { threads: 2, concurrencyPerThread: 8 }',
    });
    const member = scene.run('--until-idle', '500ms');
    const { code } = await member.exit();
    assert.equal(code, 0, member.stdout.slice(-3000) + member.stderr);
    const ends = await kit.ends(topic);
    assert.deepEqual(await kit.committed(`${topic}-group`, topic), ends);
    const { witness } = scene;
    witness.assertNothingLost(ends);
    await scene.close();
    return { witness, member };
  }

  /** Attempt numbers of the harmful record and of the others. */
  function attempts({ witness }: Awaited<ReturnType<typeof harm>>, key: string) {
    const of = (isHarmful: boolean): number[] =>
      witness.executions
        .filter((each) => (each.key === key) === isHarmful)
        .map(({ attempt }) => attempt);
    return { harmful: Math.max(...of(true)), others: Math.max(...of(false)) };
  }

  test('process.exit() harms no other record: attempt 1 each', async () => {
    const run = await harm('exit', {});
    assert.equal(attempts(run, 'exit').others, 1);
    assert.ok(run.member.lines.some(({ msg }) => /thread/.test(msg) && /died|ended/.test(msg)));
  });

  test('a full heap harms no other record: attempt 1 each', async () => {
    const run = await harm('heap', {
      top: 'workers: { threads: 2, concurrencyPerThread: 8, maxHeap: 64MiB }',
    });
    assert.equal(attempts(run, 'heap').others, 1);
  });

  test('a promise that never settles costs its own record an attempt and nothing else', async () => {
    const run = await harm('hang', { keys: 'timeout: 500ms' });
    assert.deepEqual(attempts(run, 'hang'), { harmful: 2, others: 1 });
  });

  test('an endless loop costs its own record an attempt and nothing else', async () => {
    const run = await harm('loop', { keys: 'timeout: 500ms' });
    assert.deepEqual(attempts(run, 'loop'), { harmful: 2, others: 1 });
  });

  test('burning CPU for longer than the session causes no rebalance', async () => {
    const run = await harm('burn', {
      burnMs: IS_LONG ? 40_000 : 9_000,
      source: `sessionTimeout: ${IS_LONG ? 10 : 6}s\nheartbeatInterval: 1s`,
      keys: 'timeout: 60s',
      top: 'workers: { threads: 1, concurrencyPerThread: 8 }',
    });
    assert.deepEqual(attempts(run, 'burn'), { harmful: 1, others: 1 });
    const joins = run.member.lines.filter(({ msg }) => msg === 'joined the group');
    assert.equal(joins.length, 1);
  });
});

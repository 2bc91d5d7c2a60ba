import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { KafkaKit } from '../support/kafka-kit.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;

describe('run --until-idle', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
  concurrency: 3,
  timeout: 60_000,
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  async function open(
    t: TestContext,
    values: readonly unknown[],
    keys = '',
  ): Promise<{ scene: Scene; topic: string; group: string }> {
    const topic = await kit.topic(2);
    const group = `${topic}-group`;
    await kit.produce(
      topic,
      values.map((value, i) => ({ partition: 0, key: `k${i}`, value: JSON.stringify(value) })),
    );
    const setting = { brokers: kit.brokers, topic, group, handler: 'scripted.mjs', keys };
    return { scene: await Scene.open(setting, t), topic, group };
  }

  test('ends with 0 when all is handled and committed, and says how much that was', async (t) => {
    const { scene, topic, group } = await open(t, [{}, {}, { waitMs: 700 }]);
    const member = scene.run('--until-idle', '200ms');
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
    assert.ok(member.lines.some(({ msg }) => msg === 'stopping: idle'));
    assert.equal(member.lines.find(({ msg }) => msg.startsWith('stopped:'))?.['handled'], 3);
    scene.witness.assertNothingLost(await kit.ends(topic));
    assert.deepEqual(await kit.committed(group, topic), await kit.ends(topic));
  });

  test('ends with 0 when there is nothing at all', async (t) => {
    const { scene } = await open(t, []);
    const member = scene.run('--until-idle', '200ms');
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
    assert.deepEqual(scene.witness.executions, []);
  });

  test('goes on while records come that are less apart than that, and ends when none comes', async (t) => {
    const { scene, topic } = await open(t, [{}]);
    const member = scene.run('--until-idle', '1500ms');
    await member.line(({ msg }) => msg === 'running');
    for (let i = 0; i < 12; i++) {
      await kit.produce(topic, [{ partition: i % 2, key: `k${i}`, value: '{}' }]);
      await delay(250);
    }
    const lastMs = Date.now();
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
    const stopping = member.lines.find(({ msg }) => msg === 'stopping: idle');
    // The last record came 250 ms before; the program sees it at once.
    assert.ok(Date.parse(String(stopping?.['time'])) - lastMs > 1000, member.stdout);
    scene.witness.assertNothingLost(await kit.ends(topic));
    scene.witness.assertNothingTwice();
  });

  test('waits for a record that is to be tried again later', async (t) => {
    const { scene, topic } = await open(t, [{ after: '1500ms' }]);
    const member = scene.run('--until-idle', '200ms');
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
    scene.witness.assertNothingLost(await kit.ends(topic));
  });

  test('does not wait for a lane that is halted: it ends with 0, and the offset stays below', async (t) => {
    const { scene, topic, group } = await open(t, [{}, { fatal: true }, {}]);
    const member = scene.run('--until-idle', '200ms');
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
    assert.deepEqual([...scene.witness.ends.keys()].sort(), ['0/0', '0/2']);
    assert.equal((await kit.committed(group, topic)).get(0), 1n);
    assert.equal(member.lines.find(({ msg }) => /lane is halted/.test(msg))?.['offset'], '1');
  });

  test('still follows a signal before it is idle', async (t) => {
    const { scene, topic, group } = await open(t, [{}]);
    const member = scene.run('--until-idle', '10m');
    await kit.untilCommitted(topic, group, [1n]);
    member.signal('SIGINT');
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
    assert.ok(member.lines.some(({ msg }) => msg === 'stopping: SIGINT'));
  });
});

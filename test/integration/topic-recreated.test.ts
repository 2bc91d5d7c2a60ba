import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { KafkaKit } from '../support/kafka-kit.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;

/** Records of the topic that is deleted, and of the one that takes its name: more, so that the old position is inside it. */
const OLD = 40;
const NEW = 100;

describe('a topic that is deleted while it is read', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
  concurrency: 2,
  timeout: 90_000,
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  const values = (count: number, name: string) =>
    Array.from({ length: count }, (_, i) => ({
      partition: 0,
      key: `k${i % 5}`,
      value: `${name}-${i}`,
    }));

  /** A member that has handled and committed all of the old topic. */
  async function open(t: TestContext, source: string) {
    const topic = await kit.topic(1);
    const group = `${topic}-group`;
    await kit.produce(topic, values(OLD, 'old'));
    const scene = await Scene.open({ brokers: kit.brokers, topic, group, source }, t);
    const member = scene.run();
    await kit.untilCommitted(topic, group, [BigInt(OLD)]);
    return { topic, group, scene, member };
  }

  async function recreate(topic: string): Promise<void> {
    await kit.deleteTopic(topic);
    await kit.createAgain(topic, 1);
    await kit.produce(topic, values(NEW, 'new'));
  }

  const handled = (scene: Scene): number =>
    scene.witness.executions.filter(({ endedNs }) => endedNs !== null).length;

  test('and made anew: all of the new one is handled under onOffsetLost earliest', async (t) => {
    const { topic, group, scene, member } = await open(t, 'onOffsetLost: earliest');
    await recreate(topic);
    await kit.untilCommitted(topic, group, [BigInt(NEW)]);
    assert.equal(handled(scene), OLD + NEW);
    const ids = scene.witness.executions.slice(OLD).map(({ id }) => id);
    assert.deepEqual(new Set(ids), new Set(Array.from({ length: NEW }, (_, i) => `0/${i}`)));
    member.signal('SIGTERM');
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
    assert.match(member.stdout, /deleted and created anew/);
  });

  test('and made anew: none of the new one is handled by the default policy, nor taken for handled', async (t) => {
    const { topic, group, scene, member } = await open(t, '');
    await recreate(topic);
    const stopped = await member.line(({ msg }) =>
      msg.startsWith('partition is not read any more'),
    );
    assert.match(stopped.msg, /deleted and created anew: the offset 40 is of the old one/);
    member.signal('SIGTERM');
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
    assert.equal(handled(scene), OLD);
    // Kafka has forgotten what was committed with the topic: the next start is one without a committed offset.
    assert.deepEqual(await kit.committed(group, topic), new Map([[0, -1n]]));
    const next = scene.run('--until-idle', '300ms');
    assert.equal((await next.exit()).code, 0, next.stdout + next.stderr);
    assert.equal(handled(scene), OLD + NEW);
  });

  test('and stays away: says so, waits, and ends with 78', async (t) => {
    const { topic, member } = await open(t, '');
    await kit.deleteTopic(topic);
    await member.line(({ msg }) => msg.startsWith('the topic does not exist any more'));
    const { code } = await member.exit();
    assert.equal(code, 78, member.stdout + member.stderr);
    // What was committed went with the topic: nobody else has changed it.
    assert.doesNotMatch(member.stdout, /something else commits/);
    assert.match(
      member.stderr + member.stdout,
      new RegExp(`${topic} does not exist any more.*MR303`),
    );
  });

  test('and comes back with all its records still to be handled: the other topics went on meanwhile', async (t) => {
    const [gone, kept] = [await kit.topic(1), await kit.topic(1)];
    const group = `${gone}-group`;
    const topic = `${gone}, ${kept}`;
    const scene = await Scene.open(
      { brokers: kit.brokers, topic, group, source: 'onOffsetLost: earliest' },
      t,
    );
    const member = scene.run();
    await kit.produce(gone, values(OLD, 'old'));
    await kit.untilCommitted(gone, group, [BigInt(OLD)]);
    await kit.deleteTopic(gone);
    await member.line(({ msg }) => msg.startsWith('the topic does not exist any more'));
    // kafkajs's producer finds no leader any more once a topic that it has produced to is gone.
    const other = await KafkaKit.connect(kit.brokers);
    t.after(() => other.close());
    await other.produce(kept, values(NEW, 'kept'));
    await kit.untilCommitted(kept, group, [BigInt(NEW)]);
    await kit.createAgain(gone, 1);
    await other.produce(gone, values(NEW, 'new'));
    await until(() => handled(scene) === OLD + 2 * NEW);
    member.signal('SIGTERM');
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
  });
});

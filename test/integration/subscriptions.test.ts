import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CliProcess } from '../support/cli-process.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { until } from '../support/until.ts';
import { WitnessFile } from '../support/witness-file.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;

describe('what a source reads', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
  concurrency: 2,
  timeout: 60_000,
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  const fill = (topic: string, partition: number, count: number): Promise<void> =>
    kit.produce(topic, recordsOf(partition, count));

  async function stop(member: CliProcess): Promise<void> {
    member.signal('SIGTERM');
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
  }

  /** The handler writes a witness for each topic. */
  const byTopic = { handler: 'scripted.mjs', options: { byTopic: true } };
  const witnessOf = (scene: Scene, topic: string): WitnessFile =>
    new WitnessFile(`${scene.witnessFile}.${topic}`);

  test('partitions that the configuration names: those alone, without a group, committed to its name', async (t) => {
    const topic = await kit.topic(3);
    const group = `${topic}-group`;
    for (const partition of [0, 1, 2]) await fill(topic, partition, 4 + partition);
    const source = `partitions: { ${topic}: [0, 2] }`;
    const scene = await Scene.open({ brokers: kit.brokers, topic, group, source }, t);
    const member = scene.run();
    await until(() => scene.witness.ends.size === 10);
    const described = await kit.admin.describeGroups([group]);
    assert.deepEqual(described.groups[0]?.members, []);
    await stop(member);
    const committed = await kit.committed(group, topic);
    assert.deepEqual([committed.get(0), committed.get(1) ?? -1n, committed.get(2)], [4n, -1n, 6n]);
    const partitions = new Set(scene.witness.executions.map(({ partition }) => partition));
    assert.deepEqual([...partitions].sort(), [0, 2]);
    scene.witness.assertNothingLost(
      new Map([
        [0, 4n],
        [2, 6n],
      ]),
    );
    scene.witness.assertNothingTwice();
  });

  test('several topics: each of them to its end', async (t) => {
    const topics = [await kit.topic(2), await kit.topic(1), await kit.topic(3)];
    for (const [i, topic] of topics.entries()) await fill(topic, 0, 10 + i);
    const group = `${topics[0]}-group`;
    const scene = await Scene.open(
      { brokers: kit.brokers, topic: topics.join(', '), group, ...byTopic },
      t,
    );
    const member = scene.run('--until-idle', '300ms');
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
    for (const topic of topics) {
      const ends = await kit.ends(topic);
      const witness = witnessOf(scene, topic);
      witness.assertNothingLost(ends);
      witness.assertNothingTwice();
      witness.assertOrder(false);
      const committed = await kit.committed(group, topic);
      for (const [partition, end] of ends)
        if (end > 0n) assert.equal(committed.get(partition), end);
    }
  });

  test('a pattern: the topics that match it, and those that come to match it later', async (t) => {
    const first = await kit.topic(2);
    const later = `${first}-later`;
    const others = `other-${first}`;
    await kit.admin.createTopics({ topics: [{ topic: others, numPartitions: 1 }] });
    await fill(others, 0, 3);
    await fill(first, 1, 5);
    const group = `${first}-group`;
    const scene = await Scene.open(
      {
        brokers: kit.brokers,
        topic: `/^${first}/`,
        group,
        source: 'discoveryInterval: 1s',
        ...byTopic,
      },
      t,
    );
    const member = scene.run();
    await member.line(({ msg, added }) => msg === 'joined the group' && `${added}`.includes(first));
    await kit.admin.createTopics({ topics: [{ topic: later, numPartitions: 2 }] });
    await fill(later, 0, 6);
    await fill(later, 1, 7);
    await kit.untilCommitted(later, group, [6n, 7n]);
    await fill(first, 1, 1);
    await stop(member);
    for (const topic of [first, later]) {
      witnessOf(scene, topic).assertNothingTwice();
      witnessOf(scene, topic).assertOrder(false);
    }
    witnessOf(scene, first).assertNothingLost(new Map([[1, 5n]]));
    witnessOf(scene, later).assertNothingLost(await kit.ends(later));
    assert.throws(() => witnessOf(scene, others), /ENOENT/);
  });

  test('a topic that gets more partitions: those too, from their first record', async (t) => {
    const topic = await kit.topic(1);
    const group = `${topic}-group`;
    await fill(topic, 0, 4);
    const scene = await Scene.open(
      { brokers: kit.brokers, topic, group, source: 'discoveryInterval: 1s' },
      t,
    );
    const member = scene.run();
    await kit.untilCommitted(topic, group, [4n]);
    await kit.admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    // A producer that knew the topic before would drop what goes to partitions that it doesn't know.
    const late = await KafkaKit.connect(kit.brokers);
    t.after(() => late.close());
    await late.produce(topic, recordsOf(2, 5));
    await late.produce(topic, recordsOf(1, 6));
    await kit.untilCommitted(topic, group, [4n, 6n, 5n]);
    await stop(member);
    scene.witness.assertNothingLost(await kit.ends(topic));
    scene.witness.assertNothingTwice();
  });
});

const recordsOf = (partition: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ partition, key: `k${i % 3}`, value: '{}' }));

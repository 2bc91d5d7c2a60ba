import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Message } from 'kafkajs';
import { KafkaKit, type Stored } from '../support/kafka-kit.ts';
import { SHORT_SESSION } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;

describe('what a handler returns and produces', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
  concurrency: 2,
  timeout: 90_000,
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  async function open(
    t: TestContext,
    records: readonly Message[],
    { partitions = 1, sinkPartitions = 1, top = '', keys = '', source = '' } = {},
  ): Promise<Opened> {
    const topic = await kit.topic(partitions);
    const sink = await kit.topic(sinkPartitions);
    const group = `${topic}-group`;
    await kit.produce(topic, records);
    const scene = await Scene.open(
      {
        brokers: kit.brokers,
        topic,
        group,
        handler: 'sinking.mjs',
        top,
        source,
        keys: `sink: { topic: ${sink} }\n${keys}`,
      },
      t,
    );
    return { scene, topic, sink, group };
  }

  async function toEnd({ scene, topic, group }: Opened): Promise<void> {
    const member = scene.run('--until-idle', '300ms');
    const { code } = await member.exit();
    assert.equal(code, 0, member.stdout + member.stderr);
    assert.deepEqual(await kit.committed(group, topic), await kit.ends(topic));
  }

  test('goes to the sink under the key of its source, to the partition that other producers choose', async (t) => {
    const records = Array.from({ length: 300 }, (_, i) => ({ key: `kéy-${i}`, value: '' }));
    const opened = await open(t, records, { partitions: 4, sinkPartitions: 7 });
    await toEnd(opened);
    const reference = await kit.topic(7);
    await kit.produce(reference, records);
    const expected = new Map(
      (await kit.read(reference)).map(({ key, partition }) => [key, partition]),
    );
    const found = await kit.read(opened.sink);
    assert.equal(found.length, 300);
    assert.deepEqual(new Map(found.map(({ key, partition }) => [key, partition])), expected);
    const sources = new Set(found.map(({ value }) => JSON.parse(value) as string));
    assert.deepEqual([...sources].sort(), [...opened.scene.witness.ends.keys()].sort());
  });

  test('as null is a tombstone, as undefined nothing, as an array many records', async (t) => {
    const opened = await open(t, [
      { key: 'null', value: '{"return":null}' },
      { key: 'undefined', value: '{}' },
      { key: 'array', value: '{"returns":[1,"two",null,{"three":3}]}' },
      { key: 'none', value: '{"returns":[]}' },
      { key: null, value: '{"return":"no key"}' },
    ]);
    await toEnd(opened);
    assert.deepEqual((await kit.messages(opened.sink)).map(asText).sort(byKey), [
      { key: 'array', value: '1' },
      { key: 'array', value: '"two"' },
      { key: 'array', value: null },
      { key: 'array', value: '{"three":3}' },
      { key: 'null', value: null },
      { key: null, value: '"no key"' },
    ]);
  });

  test('as a message has the key, headers, partition and time that it names', async (t) => {
    const headers = [
      ['z', 'first'],
      ['a', 'x'],
      ['z', 'second'],
      ['none', null],
      ['empty', ''],
    ];
    const message = {
      key: 'other',
      value: { n: 1 },
      headers,
      partition: 2,
      timestamp: 1_600_000_000_123,
    };
    const opened = await open(t, [{ key: 'a', value: JSON.stringify({ message }) }], {
      sinkPartitions: 3,
    });
    await toEnd(opened);
    const [found, ...others] = await kit.messages(opened.sink);
    assert.ok(found);
    assert.deepEqual(others, []);
    assert.deepEqual(asText(found), { key: 'other', value: '{"n":1}' });
    assert.deepEqual([found.partition, found.timestamp], [2, '1600000000123']);
    const named = Object.entries(found.headers ?? {}).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(String) : (value?.toString() ?? null),
    ]);
    assert.deepEqual(named, [
      ['z', ['first', 'second']],
      ['a', 'x'],
      ['none', null],
      ['empty', ''],
    ]);
  });

  test('by ctx.produce goes where it says, once, and only when the attempt succeeds', async (t) => {
    const audit = await kit.topic(1);
    const messages = [
      [audit, { key: 'k1', value: 'text' }],
      [audit, { key: 'k2', value: { a: 1 } }],
    ];
    const value = JSON.stringify({ messages, failFirst: true, return: 'done' });
    const opened = await open(t, [{ key: 'a', value }], {
      keys: 'retry: { backoff: { initial: 10ms } }',
    });
    await toEnd(opened);
    assert.deepEqual(
      opened.scene.witness.executions.map(({ attempt }) => attempt),
      [1, 2],
    );
    assert.deepEqual((await kit.messages(audit)).map(asText), [
      { key: 'k1', value: 'text' },
      { key: 'k2', value: '{"a":1}' },
    ]);
    assert.deepEqual((await kit.messages(opened.sink)).map(asText), [
      { key: 'a', value: '"done"' },
    ]);
  });

  test('holds the offset of its source while the sink is gone, and arrives when it is back', async (t) => {
    const opened = await open(t, [{ key: 'a', value: '' }], {
      top: 'shutdown: { timeout: 5s }',
      keys: 'rebalance: { drainTimeout: 1s }',
    });
    const { scene, topic, sink, group } = opened;
    const first = scene.run();
    await kit.untilCommitted(topic, group, [1n]);
    await kit.admin.deleteTopics({ topics: [sink] });
    await until(async () => !(await kit.admin.listTopics()).includes(sink));
    await kit.produce(topic, [
      { key: 'b', value: '' },
      { key: 'c', value: '' },
    ]);
    await until(() => scene.witness.ends.size === 3);
    first.signal('SIGTERM');
    const { code } = await first.exit();
    assert.equal(code, 75, first.stdout + first.stderr);
    const abandoned = first.lines.find(({ msg }) => msg === 'abandoned');
    assert.deepEqual([abandoned?.['from'], abandoned?.['to']], ['1', '3']);
    assert.deepEqual(await kit.committed(group, topic), new Map([[0, 1n]]));

    await kit.admin.createTopics({ topics: [{ topic: sink, numPartitions: 1 }] });
    await toEnd(opened);
    assert.deepEqual((await kit.messages(sink)).map(asText), [
      { key: 'b', value: '"0/1"' },
      { key: 'c', value: '"0/2"' },
    ]);
  });

  test('is in the sink for every committed record, whenever the process is killed', async (t) => {
    const records = Array.from({ length: 20_000 }, (_, i) => ({ key: `k${i % 100}`, value: '' }));
    const opened = await open(t, records, {
      partitions: 4,
      sinkPartitions: 3,
      keys: 'maxUncommitted: 200\ncommit: { interval: 50ms }',
      source: SHORT_SESSION,
    });
    const { scene, topic, sink, group } = opened;
    const inSink = async (): Promise<Set<string>> =>
      new Set((await kit.read(sink)).map(({ value }) => JSON.parse(value) as string));
    const isOver = async (): Promise<boolean> => {
      const [committed, ends] = [await kit.committed(group, topic), await kit.ends(topic)];
      return [...ends].every(([partition, end]) => committed.get(partition) === end);
    };
    let kills = 0;
    while (kills < 3 && !(await isOver())) {
      const member = scene.run();
      await member.line(({ msg }) => msg === 'joined the group');
      await delay(Math.random() * 400);
      await member.kill();
      kills++;
      const committed = await kit.committed(group, topic);
      const produced = await inSink();
      for (const [partition, end] of committed)
        for (let offset = 0; offset < Number(end); offset++)
          assert.ok(
            produced.has(`${partition}/${offset}`),
            `${partition}/${offset} is committed, and what it returned is not in the sink`,
          );
    }
    assert.ok(kills > 0);
    await toEnd(opened);
    scene.witness.assertNothingLost(await kit.ends(topic));
    assert.equal((await inSink()).size, 20_000);
  });
});

interface Opened {
  readonly scene: Scene;
  readonly topic: string;
  readonly sink: string;
  readonly group: string;
}

const asText = ({ key, value }: Stored) => ({
  key: key?.toString() ?? null,
  value: value?.toString() ?? null,
});

/** Records of one key stay in their order: the sort is stable. */
const byKey = (a: { key: string | null }, b: { key: string | null }): number =>
  (a.key ?? '~') < (b.key ?? '~') ? -1 : Number((a.key ?? '~') > (b.key ?? '~'));

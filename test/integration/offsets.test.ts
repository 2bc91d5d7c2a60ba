import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { CliProcess } from '../support/cli-process.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;

describe('where a partition starts, and what is committed', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
  concurrency: 3,
  timeout: 60_000,
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  /** `counts`: records in each partition. */
  async function open(
    t: TestContext,
    counts: readonly number[],
    setting: { source?: string; keys?: string; options?: Record<string, unknown> },
  ): Promise<Opened> {
    const topic = await kit.topic(Math.max(1, counts.length));
    const group = `${topic}-group`;
    for (const [partition, count] of counts.entries()) await fill(topic, partition, count);
    const scene = await Scene.open({ brokers: kit.brokers, topic, group, ...setting }, t);
    return { scene, topic, group };
  }

  async function fill(topic: string, partition: number, count: number): Promise<void> {
    const record = (_: unknown, i: number) => ({ partition, key: `k${i % 3}`, value: String(i) });
    await kit.produce(topic, Array.from({ length: count }, record));
  }

  async function stop(member: CliProcess): Promise<void> {
    member.signal('SIGTERM');
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
  }

  async function toEnd({ scene }: Opened): Promise<CliProcess> {
    const member = scene.run('--until-idle', '300ms');
    assert.equal((await member.exit()).code, 0, member.stdout + member.stderr);
    return member;
  }

  const setOffset = (opened: Opened, partition: number, offset: number): Promise<void> =>
    setOffsets(opened, [{ partition, offset: String(offset) }]);

  async function setOffsets(
    { topic, group }: Opened,
    partitions: { partition: number; offset: string }[],
  ): Promise<void> {
    await kit.admin.setOffsets({ groupId: group, topic, partitions });
  }

  test('nothing committed, autoOffsetReset earliest: at the first record', async (t) => {
    const opened = await open(t, [5, 2], {});
    await toEnd(opened);
    assert.deepEqual(seen(opened), ids([0, 5], [0, 2]));
  });

  test('nothing committed, autoOffsetReset latest: at the end that the partition has then', async (t) => {
    const opened = await open(t, [5], { source: 'autoOffsetReset: latest' });
    const member = opened.scene.run('--log-level', 'debug');
    await member.line(({ msg }) => msg === 'partition assigned');
    await fill(opened.topic, 0, 3);
    await kit.untilCommitted(opened.topic, opened.group, [8n]);
    await stop(member);
    assert.deepEqual(seen(opened), ids([5, 8]));
  });

  test('nothing committed, autoOffsetReset none: that partition stops, loudly, and the others go on', async (t) => {
    const opened = await open(t, [3, 4], { source: 'autoOffsetReset: none' });
    await setOffset(opened, 1, 1);
    const member = await toEnd(opened);
    assert.deepEqual(seen(opened), ids([0, 0], [1, 4]));
    const line = member.lines.find(({ msg }) => msg.startsWith('partition is not read any more'));
    assert.ok(line, member.stdout);
    assert.deepEqual([line.level, line['partition']], ['error', 0]);
    assert.match(line.msg, /autoOffsetReset/);
    const committed = await kit.committed(opened.group, opened.topic);
    assert.deepEqual([committed.get(0), committed.get(1)], [-1n, 4n]);
  });

  for (const [policy, expected] of [
    ['stop', ids([0, 0], [2, 4])],
    ['earliest', ids([5, 9], [2, 4])],
    ['latest', ids([0, 0], [2, 4])],
  ] as const) {
    test(`the committed offset was deleted, onOffsetLost ${policy}: as it says, and the range is named`, async (t) => {
      const opened = await open(t, [9, 4], { source: `onOffsetLost: ${policy}` });
      await setOffsets(opened, [
        { partition: 0, offset: '3' },
        { partition: 1, offset: '2' },
      ]);
      await kit.deleteRecords(opened.topic, 0, 5);
      const member = await toEnd(opened);
      assert.deepEqual(seen(opened), expected);
      const lost = member.lines.find(({ msg }) => msg.startsWith('the committed offset is not in'));
      assert.ok(lost, member.stdout);
      const { level, partition, committed, logStart, logEnd } = lost;
      assert.deepEqual(
        { level, partition, committed, logStart, logEnd },
        { level: 'error', partition: 0, committed: '3', logStart: '5', logEnd: '9' },
      );
      const kept = (await kit.committed(opened.group, opened.topic)).get(0);
      // Where nothing is read nothing is committed: whoever mends it finds what was there.
      assert.equal(kept, policy === 'stop' ? 3n : 9n);
    });
  }

  test('the committed offset is above the end, onOffsetLost earliest: everything is read', async (t) => {
    const opened = await open(t, [4], { source: 'onOffsetLost: earliest' });
    await setOffset(opened, 0, 40);
    await toEnd(opened);
    assert.deepEqual(seen(opened), ids([0, 4]));
    assert.deepEqual(await kit.committed(opened.group, opened.topic), new Map([[0, 4n]]));
  });

  test('a second start handles nothing again', async (t) => {
    const opened = await open(t, [40, 30, 20], {});
    await toEnd(opened);
    const expected = ids([0, 40], [0, 30], [0, 20]);
    assert.deepEqual(seen(opened), expected);
    await toEnd(opened);
    assert.deepEqual(seen(opened), expected);
    assert.deepEqual(await kit.committed(opened.group, opened.topic), await kit.ends(opened.topic));
  });

  test('what is handled is committed when commit.interval is over, not before', async (t) => {
    const opened = await open(t, [5], { keys: 'commit: { interval: 2s }' });
    const member = opened.scene.run();
    await until(() => opened.scene.witness.ends.size === 5);
    assert.deepEqual(await kit.committed(opened.group, opened.topic), new Map([[0, -1n]]));
    await kit.untilCommitted(opened.topic, opened.group, [5n]);
    await stop(member);
  });

  test('half of maxUncommitted used is committed long before commit.interval', async (t) => {
    const keys = 'maxUncommitted: 100\ncommit: { interval: 10m }';
    const opened = await open(t, [1000], { keys });
    const member = opened.scene.run();
    await until(async () => {
      const committed = (await kit.committed(opened.group, opened.topic)).get(0) ?? -1n;
      return committed > 900n;
    });
    assert.equal(opened.scene.witness.ends.size, 1000);
    await stop(member);
    assert.deepEqual(await kit.committed(opened.group, opened.topic), new Map([[0, 1000n]]));
    opened.scene.witness.assertNothingTwice();
  });

  test('a stop commits what commit.interval has not', async (t) => {
    const opened = await open(t, [10], { keys: 'commit: { interval: 10m }' });
    const member = opened.scene.run();
    await until(() => opened.scene.witness.ends.size === 10);
    assert.deepEqual(await kit.committed(opened.group, opened.topic), new Map([[0, -1n]]));
    await stop(member);
    assert.deepEqual(await kit.committed(opened.group, opened.topic), new Map([[0, 10n]]));
  });

  test('commit.mode batch commits after each batch, and fetches the next one then, whatever the intervals', async (t) => {
    const opened = await open(t, [], {
      keys: 'commit: { mode: batch, interval: 10m }',
      source: 'fetch: { maxPartitionBytes: 4KiB, maxWait: 20s }',
    });
    const value = 'x'.repeat(1000);
    for (let i = 0; i < 20; i++)
      await kit.produce(
        opened.topic,
        [0, 1, 2].map((k) => ({ key: `k${k}`, value })),
      );
    const member = opened.scene.run('--log-level', 'debug');
    await kit.untilCommitted(opened.topic, opened.group, [60n]);
    const commits = member.lines.filter(({ msg }) => msg === 'committed').length;
    assert.ok(commits >= 10, `${commits} commits for 20 batches`);
    await stop(member);
    assert.deepEqual(seen(opened), ids([0, 60]));
  });
});

interface Opened {
  readonly scene: Scene;
  readonly topic: string;
  readonly group: string;
}

/** Records that were handled, one entry for each time. */
const seen = ({ scene }: Opened): string[] =>
  scene.witness.executions
    .filter(({ endedNs }) => endedNs !== null)
    .map(({ id }) => id)
    .sort();

/** For each partition, from its first offset to before its last. */
function ids(...ranges: readonly (readonly [from: number, to: number])[]): string[] {
  const names = ranges.flatMap(([from, to], partition) =>
    Array.from({ length: to - from }, (_, i) => `${partition}/${from + i}`),
  );
  return names.sort();
}

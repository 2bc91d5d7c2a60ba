import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Compression } from '../../src/contract/config.ts';
import { KafkaKit } from '../support/kafka-kit.ts';
import { produceRaw, textRecord } from '../support/raw-producer.ts';
import { IS_LONG, startCluster, type TestCluster } from '../support/test-cluster.ts';
import { Scene } from './scene.ts';

const brokers = KafkaKit.brokersOfRun;

/** What the handler wrote down of a record. */
interface Seen {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly bytes: number | null;
  readonly headers: number;
  readonly names: readonly string[];
  readonly nulls: number;
  readonly proto: string | null;
  readonly constructor: string | null;
}

describe('what logs can hold', { skip: brokers === null && 'no Kafka: set KAFKA_BROKERS' }, () => {
  /** The embedded broker compacts when it is told to, so it must be one of our own. */
  let cluster: TestCluster | null = null;
  let kit: KafkaKit;
  before(async () => {
    if (!IS_LONG) cluster = await startCluster();
    kit = await KafkaKit.connect(cluster?.brokers ?? (brokers as string));
  });
  after(async () => {
    await kit.close();
    await cluster?.stop();
  });

  /** Runs until everything is handled and committed to the log's end; returns what was seen and the p99 of the main loop's delay. */
  async function handle(
    topic: string,
    source = '',
  ): Promise<{ seen: Seen[]; delaySeconds: number }> {
    const scene = await Scene.open({
      brokers: kit.brokers,
      topic,
      group: `${topic}-group`,
      handler: 'describe.mjs',
      deserialize: '{ key: bytes, value: bytes }',
      http: '{ port: 0 }',
      source,
    });
    const member = scene.run('--until-idle', '700ms');
    const { url } = await member.line(({ msg }) => msg === 'listening');
    let metrics = '';
    await member.line(({ msg }) => msg === 'joined the group');
    const scraping = (async () => {
      while (member.isRunning) {
        metrics = await fetch(`${url}/metrics`)
          .then((response) => response.text())
          .catch(() => metrics);
        await delay(100);
      }
    })();
    const { code } = await member.exit();
    await scraping;
    assert.equal(code, 0, member.stdout.slice(-3000) + member.stderr);
    assert.deepEqual(await kit.committed(`${topic}-group`, topic), await kit.ends(topic));
    const lines = readFileSync(scene.witnessFile, 'utf8').trim().split('\n').filter(Boolean);
    await scene.close();
    const found = /millrace_event_loop_delay_seconds\{quantile="0.99"\} (\S+)/.exec(metrics);
    assert.ok(found, 'the delay of the main loop is in the metrics');
    return { seen: lines.map((line) => JSON.parse(line) as Seen), delaySeconds: Number(found[1]) };
  }

  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const satisfies readonly Compression[]) {
    test(`batches packed with ${codec} are handled like any other`, async () => {
      const topic = await kit.topic(2);
      const values = Array.from(
        { length: 3000 },
        (_, i) => `${i} ${'lorem ipsum '.repeat(i % 50)}`,
      );
      for (const partition of [0, 1]) {
        const mine = values.filter((_, i) => i % 2 === partition);
        await produceRaw(
          kit.brokers,
          topic,
          partition,
          mine.map((value) => textRecord(value.slice(0, 3), value)),
          codec,
        );
      }
      const { seen, delaySeconds } = await handle(topic);
      const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');
      assert.deepEqual(seen.map(({ value }) => value).sort(), values.map(sha1).sort());
      assert.ok(delaySeconds < 0.02, `the main loop was held up for ${delaySeconds} s`);
    });
  }

  test('headers, keys and values of every shape reach the handler as they are', async () => {
    const topic = await kit.topic(1);
    const big = Buffer.alloc(1_000_000, 'v');
    const many = Array.from(
      { length: 10_000 },
      (_, i) => [`h${i % 3}`, Buffer.from(String(i))] as const,
    );
    await produceRaw(kit.brokers, topic, 0, [
      textRecord('many', 'headers', many),
      textRecord('names', 'headers', [
        ['__proto__', Buffer.from('p')],
        ['constructor', Buffer.from('first')],
        ['constructor', Buffer.from('last')],
        ['', null],
      ]),
      textRecord(null, null),
      textRecord('', ''),
      textRecord('big', big),
      textRecord('tombstone', null),
    ]);
    const { seen, delaySeconds } = await handle(topic);
    const by = (key: string | null): Seen => seen.find((each) => each.key === key) as Seen;
    assert.equal(seen.length, 6);
    assert.equal(by('many').headers, 10_000);
    assert.deepEqual([...by('many').names], ['h0', 'h1', 'h2']);
    assert.deepEqual(
      [by('names').proto, by('names').constructor, by('names').nulls],
      ['p', 'last', 1],
    );
    assert.deepEqual([by(null).bytes, by('').bytes, by('tombstone').bytes], [null, 0, null]);
    assert.equal(by('big').value, createHash('sha1').update(big).digest('hex'));
    assert.ok(delaySeconds < 0.02, `the main loop was held up for ${delaySeconds} s`);
  });

  test('committed, aborted and open transactions: only what may be read is handled, and the end is reached', async () => {
    const topic = await kit.topic(1);
    const kafka = kit.newProducer({
      transactionalId: `${topic}-a`,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await kafka.connect();
    const send = async (value: string, end: 'commit' | 'abort'): Promise<void> => {
      const transaction = await kafka.transaction();
      await transaction.send({ topic, messages: [{ key: 'k', value }] });
      await transaction[end]();
    };
    await send('c1', 'commit');
    await send('a1', 'abort');
    await send('c2', 'commit');
    await send('a2', 'abort');
    await kafka.disconnect();
    const { seen } = await handle(topic);
    assert.deepEqual(
      seen.map(({ offset }) => offset),
      ['0', '4'],
    );
    const all = await handleUncommitted(topic);
    assert.deepEqual(
      all.map(({ offset }) => offset),
      ['0', '2', '4', '6'],
    );
  });

  async function handleUncommitted(topic: string): Promise<Seen[]> {
    const again = await kit.topic(1);
    assert.notEqual(again, topic);
    await kit.admin.resetOffsets({ groupId: `${topic}-group`, topic, earliest: true });
    return (await handle(topic, 'isolationLevel: readUncommitted')).seen;
  }

  const gap = IS_LONG ? 1_000_000 : 100_000;
  test(`a trailing gap of ${gap} offsets is crossed at once, and committed`, async () => {
    const topic = await kit.topic(1);
    const producer = kit.newProducer({
      transactionalId: `${topic}-gap`,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    await kit.produce(topic, [{ key: 'before', value: 'x' }]);
    for (let aborted = 0; aborted < gap; aborted += 100_000) {
      const transaction = await producer.transaction();
      for (let k = 0; k < 10; k++) {
        await transaction.send({
          topic,
          messages: Array.from({ length: 10_000 }, () => ({ value: '' })),
        });
      }
      await transaction.abort();
    }
    await producer.disconnect();
    const { seen, delaySeconds } = await handle(topic);
    assert.equal(seen.length, 1);
    assert.ok(delaySeconds < 0.02, `the main loop was held up for ${delaySeconds} s`);
  });

  test('a compacted log is handled with its gaps', async () => {
    const topic = await kit.topic(1, [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'min.cleanable.dirty.ratio', value: '0.01' },
      { name: 'segment.ms', value: '500' },
      { name: 'segment.bytes', value: '1048576' },
    ]);
    for (let round = 0; round < 5; round++) {
      await kit.produce(
        topic,
        Array.from({ length: 2000 }, (_, i) => ({
          key: `k${i % 50}`,
          value: `${round} ${i} ${'x'.repeat(200)}`,
        })),
      );
      if (!cluster) await delay(600);
    }
    cluster?.compact?.(topic, 0);
    await untilCompacted(topic);
    const { seen } = await handle(topic);
    assert.ok(seen.length < 9000, `${seen.length} of 10,000 records are left`);
    const offsets = seen.map(({ offset }) => Number(offset));
    assert.deepEqual(
      offsets,
      [...offsets].sort((a, b) => a - b),
    );
    assert.equal(new Set(offsets).size, offsets.length);
  });

  /** The broker's cleaner runs every 15 s. */
  async function untilCompacted(topic: string): Promise<void> {
    for (let tries = 0; tries < 60; tries++) {
      if ((await kit.read(topic)).length < 9000) return;
      await delay(1000);
    }
    assert.fail('the broker has not compacted the log');
  }
});

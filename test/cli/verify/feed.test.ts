import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Feed, plainSamples, type Sample, seedSamples } from '../../../src/cli/verify/feed.ts';
import type { Deserializer, PipelineConfig } from '../../../src/contract/config.ts';

const PLACES = new Map([['orders', [0, 1, 2]]]);

const pipeline = (key: Deserializer, value: Deserializer): PipelineConfig =>
  ({ deserialize: { key, value } }) as PipelineConfig;

/** A feed, and what it has produced: topic, partition and key of each. */
function feedOf(
  samples: readonly Sample[],
  places: ReadonlyMap<string, readonly number[]> = PLACES,
): { feed: Feed; produced: string[] } {
  const produced: string[] = [];
  const feed = new Feed(samples, places, {
    produce: async (topic, partition, { key }) => {
      produced.push(`${topic}-${partition} ${key}`);
    },
  });
  return { feed, produced };
}

test('a key always goes to the same partition, and offsets are counted', async () => {
  const { feed, produced } = feedOf(plainSamples(pipeline('string', 'json'), 150));
  await feed.produce(150);
  assert.equal(new Set(produced).size, 100, 'a hundred keys, each in one place');
  await feed.produce(150);
  assert.equal(new Set(produced).size, 100);
  const partitions = feed.partitions(new Map([['orders-1', 4]]));
  assert.deepEqual(
    partitions.map(({ partition, committed }) => [partition, committed]),
    [
      [0, 0],
      [1, 4],
      [2, 0],
    ],
  );
  assert.equal(
    partitions.reduce((sum, { end }) => sum + end, 0),
    300,
  );
  assert.equal(feed.keys.size, 300);
});

test('records without a key go around, a partition that is given is kept', async () => {
  const none = { topic: undefined, partition: -1, key: null, value: null, headers: [] };
  const { feed, produced } = feedOf([none, { ...none, partition: 2 }]);
  await feed.produce(4);
  assert.deepEqual(produced, ['orders-0 null', 'orders-2 null', 'orders-2 null', 'orders-2 null']);
  assert.equal(feed.keys.get('orders-0@0'), '-');
});

test('several topics get records in turn', async () => {
  const places = new Map([
    ['a', [0]],
    ['b', [0]],
  ]);
  const { feed, produced } = feedOf(plainSamples(pipeline('json', 'json'), 4), places);
  await feed.produce(4);
  const keys = [0, 1, 2, 3].map((number) => `"key-${number}"`);
  assert.deepEqual(produced, [
    `a-0 ${keys[0]}`,
    `b-0 ${keys[1]}`,
    `a-0 ${keys[2]}`,
    `b-0 ${keys[3]}`,
  ]);
});

/** The keys of a seed with these lines. */
function keysOf(t: TestContext, text: string, key: Deserializer = 'string'): (string | null)[] {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-seed-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'seed.jsonl');
  writeFileSync(file, text);
  return seedSamples(file, pipeline(key, 'json'), PLACES).map((each) => each.key && `${each.key}`);
}

test('a seed has a record on each line that is not empty', (t) => {
  assert.deepEqual(keysOf(t, '\uFEFF{"key":"a","value":1}\r\n\n{"topic":"orders"}\n'), ['a', null]);
});

test('a seed that the pipeline would not read, or not understand, is refused with the line', (t) => {
  const wrong: readonly (readonly [text: string, says: RegExp, key?: Deserializer])[] = [
    ['{}\n{"topic":"other"}', /seed\.jsonl:2: The pipeline doesn't read other, but orders\.$/],
    ['{"partition":3}', /:1: There is no partition 3 that the pipeline reads, but 0, 1, 2\.$/],
    ['{"value":"{"}', /:1: The value is no json, as deserialize\.value wants it: /],
    ['{"value":""}', /:1: The value is no json/],
    ['{"key":"a"}', /:1: The key is no json/, 'json'],
    ['{"key":{"$base64":"/w=="}}', /:1: The key is no string/],
    ['\n', /seed\.jsonl: There is no record in it\.$/],
    ['{"kex":1}', /:1: There is no "kex"/],
  ];
  for (const [text, message, key] of wrong) {
    assert.throws(() => keysOf(t, text, key), { code: 'MR603', exit: 78, message });
  }
  assert.deepEqual(keysOf(t, '{"key":{"$base64":"/w=="}}', 'bytes').length, 1);
});

test('a seed that is not there is named', () => {
  assert.throws(() => seedSamples('/no/such', pipeline('string', 'json'), PLACES), {
    code: 'MR604',
    message: /The seed \/no\/such can't be read/,
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OUTPUT_FIELDS, type Outputs } from '../../src/contract/thread.ts';
import { PoolHarness } from '../support/pool-harness.ts';
import { type BodySpec, bodyOf } from '../support/record-bodies.ts';

/** All outputs heard so far: source offset, topic, partition and body. */
function outputsOf(pool: PoolHarness): [number, string, number, Buffer][] {
  return pool.heard.flatMap((each) => {
    if (each.type !== 'outputs') return [];
    return each.offsets.map((offset, i) => [offset, ...read(each.outputs, i)] as const);
  }) as [number, string, number, Buffer][];
}

function read({ topics, index, bytes }: Outputs, i: number): [string, number, Buffer] {
  const [, topic = 0, partition = 0, from, to] = index.subarray(i * OUTPUT_FIELDS);
  return [topics[topic] as string, partition, Buffer.from(bytes.subarray(from, to))];
}

const body = (spec: BodySpec): Buffer => Buffer.from(bodyOf(spec));

test('what handlers return reaches the sink under the source key, in order', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `
        import { message } from 'millrace';
        const results = {
          one: { price: 1 },
          many: [1, 2],
          tombstone: null,
          nothing: undefined,
          message: message({ key: 'other', value: 'v', headers: [['a', '1'], ['a', null]], partition: 2 }),
          kept: message({ value: 'v' }),
        };
        export default async ({ value }) => results[value];
      `,
    },
    spec: { sink: { topic: 'priced', serialize: 'json' }, concurrency: 1 },
  });
  const names = ['one', 'many', 'tombstone', 'nothing', 'message', 'kept'];
  pool.send(names.map((value) => ({ key: `key of ${value}`, value })));
  assert.deepEqual(await pool.verdicts(6), [
    '0 produced',
    '1 produced',
    '2 produced',
    '3 ack',
    '4 produced',
    '5 produced',
  ]);
  await pool.until('all outputs', () => outputsOf(pool).length === 6);
  assert.deepEqual(outputsOf(pool), [
    [0, 'priced', -1, body({ key: 'key of one', value: '{"price":1}' })],
    [1, 'priced', -1, body({ key: 'key of many', value: '1' })],
    [1, 'priced', -1, body({ key: 'key of many', value: '2' })],
    [2, 'priced', -1, body({ key: 'key of tombstone', value: null })],
    [
      4,
      'priced',
      2,
      body({
        key: 'other',
        value: '"v"',
        headers: [
          ['a', '1'],
          ['a', null],
        ],
      }),
    ],
    [5, 'priced', -1, body({ key: 'key of kept', value: '"v"' })],
  ]);
});

test('ctx.produce writes to any topic, awaited or not, with headers as pairs or as an object', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default async (_, { produce }) => {
        produce('audit', { key: 'k', value: 'v', headers: { a: '1', b: null } });
        await produce('mail', { value: Buffer.from([0, 255]), headers: [['x', '1'], ['x', '2']] });
      }`,
    },
  });
  pool.send([{}]);
  assert.deepEqual(await pool.verdicts(1), ['0 produced']);
  assert.deepEqual(
    await pool.until('outputs', () => outputsOf(pool).length > 0 && outputsOf(pool)),
    [
      [
        0,
        'audit',
        -1,
        body({
          key: 'k',
          value: 'v',
          headers: [
            ['a', '1'],
            ['b', null],
          ],
        }),
      ],
      [
        0,
        'mail',
        -1,
        body({
          value: Uint8Array.of(0, 255),
          headers: [
            ['x', '1'],
            ['x', '2'],
          ],
        }),
      ],
    ],
  );
});

test('what can not be serialized is a failed attempt that says what it was, and produces nothing', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `
        const circle = {};
        circle.self = circle;
        const results = [() => {}, { id: 1n }, circle, [{ ok: 1 }, Symbol('s')]];
        export default async ({ value }, ctx) => {
          await ctx.produce('audit', { value: 'before' });
          return results[Number(value)];
        };
      `,
    },
    spec: { sink: { topic: 'priced', serialize: 'json' } },
  });
  pool.send(['0', '1', '2', '3'].map((value) => ({ value })));
  assert.deepEqual(await pool.verdicts(4), ['0 fail', '1 fail', '2 fail', '3 fail']);
  const texts = [/returned a function, which nobody calls/, /BigInt/, /circular/, /a symbol/];
  for (const [offset, text] of texts.entries()) {
    assert.match((await pool.failure(offset)).error.message, text);
  }
  assert.deepEqual(outputsOf(pool), []);
});

test('a failed attempt produces nothing of what it had produced', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default async (record, ctx) => {
        await ctx.produce('audit', { value: 'attempt ' + record.attempt });
        if (record.attempt === 1) throw new Error('no luck');
      }`,
    },
  });
  pool.send([{}]);
  await pool.failure(0);
  pool.send([{}], { attempt: 2 });
  await pool.verdicts(2);
  assert.deepEqual(
    await pool.until('outputs', () => outputsOf(pool).length > 0 && outputsOf(pool)),
    [[0, 'audit', -1, body({ value: 'attempt 2' })]],
  );
});

test('bytes and text reach the sink as they are', async (t) => {
  for (const [serialize, source, value] of [
    ['bytes', 'Buffer.from([1, 2, 255])', Uint8Array.of(1, 2, 255)],
    ['string', '"Grüße"', 'Grüße'],
  ] as const) {
    const pool = await PoolHarness.start(t, {
      files: { 'handler.mjs': `export default () => ${source}` },
      spec: { sink: { topic: 'out', serialize } },
    });
    pool.send([{}]);
    const found = await pool.until('outputs', () => outputsOf(pool)[0]);
    assert.deepEqual(found, [0, 'out', -1, body({ value })]);
  }
});

/** Text of a schema, with or without waiting, that takes numbers and makes them strings. */
const schema = (isAsync: boolean): string => `{ '~standard': { version: 1, vendor: 'test',
  ${isAsync ? 'async' : ''} validate: (value) => typeof value === 'number'
    ? { value: 'number ' + value }
    : { issues: [{ message: 'has to be a number' }] },
} }`;

test('a value passes its schema before the handler, and one that does not fit is not tried again', async (t) => {
  for (const isAsync of [false, true]) {
    const pool = await PoolHarness.start(t, {
      files: {
        'handler.mjs': `export default {
          value: ${schema(isAsync).replace('async validate:', 'validate: async')},
          handle: ({ value, rawValue }, ctx) => ctx.logger.info('saw', { value, raw: String(rawValue) }),
        }`,
      },
      spec: { deserialize: { key: 'string', value: 'json' } },
    });
    pool.send([{ value: '7' }, { value: '"seven"' }]);
    assert.deepEqual((await pool.verdicts(2)).sort(), ['0 ack', '1 fail']);
    const [{ value, raw } = {}] = await pool.logs('saw');
    assert.deepEqual([value, raw], ['number 7', '7']);
    const { kind, mayRetry, error } = await pool.failure(1);
    assert.deepEqual([kind, mayRetry, error.code], ['schema', false, 'MR211']);
    assert.match(error.message, /has to be a number/);
  }
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Gate, PoolHarness } from '../support/pool-harness.ts';

/** A handler that logs what it sees of each record, with all bytes as hex. */
const SEES = `
  const hex = (bytes) => bytes && bytes.toString('hex');
  export default (record, ctx) => ctx.logger.info('saw', {
    place: record.topic + '/' + record.partition + '@' + record.offset,
    timestamp: record.timestamp,
    tries: record.attempt,
    key: hex(record.rawKey),
    value: hex(record.rawValue),
    headers: record.headers.map(([name, value]) => [name, hex(value)]),
  });
`;

const hex = (content: string | Uint8Array | null | undefined): string | null =>
  content == null ? null : Buffer.from(content).toString('hex');

test('a handler sees a record as it was sent, to the byte', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: { 'handler.mjs': SEES },
    spec: { deserialize: { key: 'bytes', value: 'bytes' } },
  });
  pool.pool.announce({ index: 4, topic: 'far', partition: 9, origin: 2n ** 62n });
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const records = [
    { key: 'k', value: bytes, headers: [['h', bytes]], timestamp: 12, offset: 5 },
    { key: null, value: null, timestamp: -1, offset: 7 },
    { key: '', value: '', offset: 2 ** 40 },
    {
      value: 'x',
      headers: [
        ['constructor', '1'],
        ['__proto__', null],
        ['', ''],
        ['constructor', '2'],
      ],
    },
  ] as const;
  pool.send(
    records.map((record) => ({ lane: 1, ...record })),
    { partition: 4, attempt: 3 },
  );
  const seen = await pool.logs('saw', 4);
  for (const [i, record] of records.entries()) {
    const offset = 2n ** 62n + BigInt('offset' in record ? record.offset : 2 ** 40 + 1);
    const { key, value, headers, place, tries } = seen[i] as Record<string, unknown>;
    assert.equal(place, `far/9@${offset}`);
    assert.equal(tries, 3);
    assert.equal(key, hex('key' in record ? record.key : null));
    assert.equal(value, hex(record.value));
    const sent = 'headers' in record ? record.headers : [];
    assert.deepEqual(
      headers,
      sent.map(([name, content]) => [name, hex(content)]),
    );
  }
  assert.equal(seen[0]?.['timestamp'], 12);
  assert.equal(seen[1]?.['timestamp'], -1);
});

test('a record with 10,000 headers holds nobody up', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default ({ headers, header }, ctx) => ctx.logger.info('saw', { count: headers.length })`,
    },
  });
  const headers = Array.from({ length: 10_000 }, (_, i) => [`h${i}`, 'v'] as const);
  pool.send([{ value: 'x', headers }]);
  assert.equal((await pool.logs('saw'))[0]?.['count'], 10_000);
});

test('key and value are decoded as the pipeline says, null stays null', async (t) => {
  const source = `export default ({ key, value }, ctx) => ctx.logger.info('saw', { key, value, type: typeof value })`;
  const pool = await PoolHarness.start(t, {
    files: { 'handler.mjs': source },
    spec: { deserialize: { key: 'string', value: 'json' } },
  });
  pool.send([
    { key: 'ä', value: '{"a":[1]}' },
    { key: null, value: null },
    { key: '1', value: '{' },
    { key: '1', value: '' },
    { key: Uint8Array.of(0xff), value: '1' },
  ]);
  assert.deepEqual(await pool.verdicts(5), ['0 ack', '1 ack', '2 fail', '3 fail', '4 fail']);
  const seen = await pool.logs('saw', 2);
  assert.deepEqual([seen[0]?.['key'], seen[0]?.['value']], ['ä', { a: [1] }]);
  assert.deepEqual([seen[1]?.['key'], seen[1]?.['value']], [null, null]);
  for (const offset of [2, 3, 4]) {
    const { kind, mayRetry } = await pool.failure(offset);
    assert.deepEqual([kind, mayRetry], ['deserialize', false]);
  }
});

test('handlers of every form and extension handle records', async (t) => {
  const ts = `
    import { defineHandler } from 'millrace';
    enum Word { Ok = 'ok' }
    export default defineHandler({ handle(_record, ctx): void { ctx.logger.info(Word.Ok); } });
  `;
  const files = {
    'a.js': 'export default (_, ctx) => ctx.logger.info("ok")',
    'package.json': '{ "type": "module" }',
    'b.mjs': `import { defineHandler } from 'millrace'; export default defineHandler({ handle: (_, ctx) => ctx.logger.info("ok") })`,
    'c.cjs': 'module.exports = (_, ctx) => ctx.logger.info("ok")',
    'd.cjs': 'exports.default = { handle: (_, ctx) => ctx.logger.info("ok") }',
    'e.ts': ts,
    'f.mts': ts,
    'g.mjs': 'export const named = (_, ctx) => ctx.logger.info("ok")',
    'h.ts': 'export async function named(_: unknown, ctx: any) { ctx.logger.info("ok") }',
  };
  const names = Object.keys(files).filter((name) => name !== 'package.json');
  const pool = await PoolHarness.start(t, {
    files,
    handlers: names.map((file) => ({ file, exportName: /^[gh]/.test(file) ? 'named' : null })),
  });
  for (const pipeline of names.keys()) pool.send([{ value: 'x' }], { pipeline });
  await pool.logs('ok', names.length);
  assert.equal((await pool.verdicts(names.length)).filter((each) => each === '0 ack').length, 8);
});

test('the stack of an error names the TypeScript that the user wrote, in every file', async (t) => {
  const {
    harness: pool,
    start,
    folder,
  } = await PoolHarness.prepare(t, {
    files: {
      'src/handler.ts': [
        "import { check } from '../lib/check';",
        'interface Order { id: string }',
        '',
        'export default async (record: { value: string }) => {',
        "  if (record.value === 'here') {",
        "    throw new Error('line 6');",
        '  }',
        '  await Promise.resolve();',
        '  check({ id: record.value } satisfies Order);',
        '};',
      ].join('\n'),
      'lib/check.ts': [
        '/* a type that leaves no code */',
        'export type Id = { id: string };',
        '',
        'export const check = (order: Id): never => {',
        "  throw new RangeError('line 5 ' + __dirname);",
        '};',
      ].join('\n'),
    },
  });
  pool.pool.announce({ index: 0, topic: 'orders', partition: 0, origin: 0n });
  await start();
  pool.send([{ value: 'here' }, { value: 'there' }]);
  const here = (await pool.failure(0)).error.stack ?? '';
  const there = (await pool.failure(1)).error.stack ?? '';
  const handler = join(folder, 'src/handler.ts');
  const check = join(folder, 'lib/check.ts');
  assert.match(here.split('\n')[1] ?? '', new RegExp(`${handler}:6:11\\)?$`));
  assert.match(there.split('\n')[1] ?? '', new RegExp(`${check}:5:9\\)?$`));
  assert.match(there.split('\n')[2] ?? '', new RegExp(`${handler}:9:3\\)?$`));
});

test('setup runs once in each thread and teardown once at the stop', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default {
        setup({ options, logger, thread }) {
          logger.info('setup', { thread: thread.id, options });
          return { thread: thread.id, logger };
        },
        async teardown({ state }) {
          await null;
          state.logger.info('teardown', { thread: state.thread });
        },
        handle(_, ctx) {
          ctx.logger.info('handle', { same: ctx.thread.id === ctx.state.thread, options: ctx.options });
        },
      }`,
    },
    workers: { threads: 2 },
    spec: { options: { url: 'x' } },
  });
  for (const thread of [0, 1]) pool.send([{}, {}], { thread });
  await pool.verdicts(4);
  await pool.pool.stop(5000);
  const setups = await pool.logs('setup', 2);
  assert.deepEqual(setups.map((fields) => fields['thread']).sort(), [0, 1]);
  assert.deepEqual(setups[0]?.['options'], { url: 'x' });
  for (const fields of await pool.logs('handle', 4)) {
    assert.deepEqual([fields['same'], fields['options']], [true, { url: 'x' }]);
  }
  const teardowns = await pool.logs('teardown', 2);
  assert.deepEqual(teardowns.map((fields) => fields['thread']).sort(), [0, 1]);
});

test('log lines carry the place of their record, and whatever fields they are given', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default (record, ctx) => {
        const circle = {};
        circle.self = circle;
        ctx.logger.warn('look', { error: new TypeError('bad'), id: 10n, circle, run: () => 1 });
      }`,
    },
  });
  pool.send([{ offset: 3 }], { attempt: 2 });
  const [fields] = await pool.logs('look');
  const { topic, partition, offset, attempt, error, id, circle, run } = fields ?? {};
  assert.deepEqual([topic, partition, offset, attempt], ['orders', 0, '3', 2]);
  assert.equal((error as Error).message, 'bad');
  assert.deepEqual([id, circle, run], ['10', '[object Object]', '() => 1']);
});

test('an attempt may end by skip, by retry, or by either error of millrace', async (t) => {
  const source = `
    import { NonRetryableError, RetryableError } from 'millrace';
    export default {
      handle(record, ctx) {
        if (record.value === 'skip') ctx.skip('not ours');
        if (record.value === 'retry') ctx.retry({ after: 1500, reason: 'rate limit' });
        if (record.value === 'later') throw new RetryableError('busy', { after: '5s' });
        if (record.value === 'never') throw new NonRetryableError('gone', { cause: record });
      },
    };
  `;
  for (const file of ['handler.mjs', 'handler.ts']) {
    const pool = await PoolHarness.start(t, { files: { [file]: source } });
    pool.send(['skip', 'retry', 'later', 'never'].map((value) => ({ value })));
    assert.deepEqual(await pool.verdicts(4), ['0 skip', '1 fail', '2 fail', '3 fail']);
    const [retry, later, never] = await Promise.all([1, 2, 3].map((n) => pool.failure(n)));
    assert.deepEqual([retry?.afterMs, retry?.mayRetry], [1500, true]);
    assert.equal(retry?.error.message, 'rate limit');
    assert.deepEqual([later?.afterMs, later?.mayRetry], [5000, true]);
    assert.deepEqual([never?.afterMs, never?.mayRetry], [null, false]);
  }
});

test('whatever is thrown fails its record, and the thread goes on', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `
        const circle = new Error('circle');
        circle.cause = circle;
        const thrown = [
          undefined, 'text', Object.freeze(new Error('frozen')), circle, Symbol('s'), 1n,
          { get message() { throw new Error('getter') }, get stack() { throw new Error('getter') } },
          new Proxy({}, { get() { throw 1 }, has() { throw 1 }, getPrototypeOf() { throw 1 } }),
          new AggregateError([new Error('a')], 'many'),
        ];
        export default ({ value, key }) => {
          const what = thrown[Number(value)];
          if (key === 'later') return Promise.reject(what);
          throw what;
        };
      `,
    },
  });
  const keys = ['now', 'later'];
  pool.send(keys.flatMap((key) => Array.from({ length: 9 }, (_, i) => ({ key, value: `${i}` }))));
  const verdicts = await pool.verdicts(18);
  assert.ok(verdicts.every((verdict) => verdict.endsWith('fail')));
  assert.match((await pool.failure(1)).error.message, /text/);
  assert.equal((await pool.failure(2)).error.message, 'frozen');
  assert.equal(pool.heard.filter(({ type }) => type === 'died').length, 0);
});

test('an idle thread stays awake: timers and sockets of a handler go on', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default {
        setup({ logger }) {
          let ticks = 0;
          const timer = setInterval(() => {
            if (++ticks === 20) { logger.info('awake'); clearInterval(timer); }
          }, 2);
        },
        handle() {},
      }`,
    },
  });
  await pool.logs('awake');
});

test('a thread has an environment of its own', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default (_, ctx) => {
        process.env.MILLRACE_TEST = 'set';
        ctx.logger.info('env', { value: process.env.MILLRACE_TEST });
      }`,
    },
  });
  pool.send([{}]);
  assert.equal((await pool.logs('env'))[0]?.['value'], 'set');
  assert.equal(process.env['MILLRACE_TEST'], undefined);
});

test('records run side by side up to the limit, and those of a lane one after another, in order', async (t) => {
  const gate = new Gate();
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `
        const gate = (ctx) => Atomics.waitAsync(new Int32Array(ctx.options.gate), 0, 0).value;
        let now = 0;
        export default async (record, ctx) => {
          ctx.logger.info('start', { now: ++now });
          await gate(ctx);
          await new Promise((resolve) => setTimeout(resolve, Number(record.offset * 7n % 5n)));
          now--;
          ctx.logger.info('end');
        };
      `,
    },
    spec: { concurrency: 4, options: { gate: gate.memory } },
  });
  const lanes = Array.from({ length: 200 }, (_, i) => 1 + ((i * 31) % 7));
  pool.send(lanes.slice(0, 120).map((lane) => ({ lane })));
  pool.send(lanes.slice(120).map((lane, i) => ({ lane, offset: 120 + i })));
  await pool.logs('start', 4);
  gate.open();
  await pool.verdicts(200);
  const running = new Map<number, number>();
  const last = new Map<number, number>();
  let most = 0;
  for (const heard of pool.heard) {
    if (heard.type !== 'log') continue;
    const offset = Number(heard.fields['offset']);
    const lane = lanes[offset] as number;
    if (heard.message === 'end') {
      running.delete(lane);
      continue;
    }
    assert.ok(!running.has(lane), `${offset} runs beside another of its lane`);
    assert.ok(offset > (last.get(lane) ?? -1), `${offset} is out of order`);
    running.set(lane, offset);
    last.set(lane, offset);
    most = Math.max(most, running.size);
  }
  assert.equal(most, 4);
});

test('a large record and a full chunk pass as any other', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default ({ rawValue }, ctx) => ctx.logger.info('saw', { bytes: rawValue.length })`,
    },
    spec: { deserialize: { key: 'bytes', value: 'bytes' } },
  });
  pool.send([{ value: new Uint8Array(10_000_000) }]);
  pool.send(Array.from({ length: 256 }, (_, i) => ({ value: 'x', offset: 1 + i })));
  await pool.verdicts(257);
  assert.equal((await pool.logs('saw', 257))[0]?.['bytes'], 10_000_000);
});

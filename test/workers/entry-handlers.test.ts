import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { PoolHarness } from '../support/pool-harness.ts';

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

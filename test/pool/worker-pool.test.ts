import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MillraceError } from '../../src/contract/errors.ts';
import { DURATION_BUCKETS } from '../../src/contract/thread.ts';
import { FakeClock } from '../support/clock.ts';
import { signalsOf } from '../support/kafka-signals.ts';
import { Gate, PoolHarness } from '../support/pool-harness.ts';

const OK = { 'handler.mjs': 'export default () => {}' };

test('records come back acknowledged, from the thread that they were sent to', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default (_, ctx) => ctx.logger.info('by', { thread: ctx.thread.id })`,
    },
    workers: { threads: 2 },
  });
  pool.send([{}, {}], { thread: 1 });
  assert.deepEqual(await pool.verdicts(2), ['0 ack', '1 ack']);
  assert.deepEqual(
    (await pool.logs('by', 2)).map(({ thread }) => thread),
    [1, 1],
  );
});

test('pipelines of one pool hear of their own records only', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: { 'a.mjs': OK['handler.mjs'], 'b.mjs': 'export default () => { throw new Error("b") }' },
    handlers: [{ file: 'a.mjs' }, { file: 'b.mjs' }],
  });
  pool.send([{ offset: 1 }], { pipeline: 0 });
  pool.send([{ offset: 2 }], { pipeline: 1 });
  assert.deepEqual((await pool.verdicts(2)).sort(), ['1 ack', '2 fail']);
});

test('verdicts of many chunks come back, each record once', async (t) => {
  const pool = await PoolHarness.start(t, { files: OK, workers: { threads: 2 } });
  const chunk = Array.from({ length: 256 }, () => ({ value: 'v' }));
  for (let i = 0; i < 200; i++) {
    const [first, ...rest] = chunk;
    pool.send([{ ...first, offset: i * 256 }, ...rest], { thread: i % 2 });
  }
  const verdicts = await pool.verdicts(200 * 256);
  assert.equal(new Set(verdicts).size, 200 * 256);
  assert.equal(verdicts.length, 200 * 256);
  assert.ok(verdicts.every((verdict) => verdict.endsWith(' ack')));
});

test('a lone record that is handled at once is told at once, also beside one that runs', async (t) => {
  const gate = new Gate();
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default ({ value }, { options }) =>
        value === 'wait' && Atomics.waitAsync(new Int32Array(options.gate), 0, 0).value`,
    },
    spec: { options: { gate: gate.memory } },
  });
  pool.send([{ value: 'wait' }]);
  pool.send([{ offset: 1 }]);
  assert.deepEqual(await pool.verdicts(1), ['1 ack']);
  gate.open();
  assert.deepEqual(await pool.verdicts(2), ['1 ack', '0 ack']);
});

test('verdicts of a long chunk do not wait for its end', async (t) => {
  const gate = new Gate();
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default ({ value }, { options }) => {
        // Longer than verdicts are held back, then blocked until the test has seen them.
        if (value === 'work') for (const until = performance.now() + 5; performance.now() < until; );
        if (value === 'block') Atomics.wait(new Int32Array(options.gate), 0, 0);
      }`,
    },
    spec: { options: { gate: gate.memory } },
  });
  pool.send([{ value: 'work' }, { value: 'work' }, { value: 'block' }]);
  const early = await pool.verdicts(1);
  assert.ok(early.length < 3);
  gate.open();
  await pool.verdicts(3);
});

test('handler durations are known by partition and by pipeline, over the death of threads', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `export default async ({ value }) => {
        if (value === 'exit') process.exit(1);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }`,
    },
  });
  assert.equal(pool.pool.meanMs(0), 0);
  pool.send([{}, {}]);
  await pool.verdicts(2);
  assert.ok(pool.pool.meanMs(0) >= 19);
  pool.send([{ value: 'exit' }]);
  await pool.ups(2);
  pool.send([{}]);
  await pool.verdicts(3);
  const [sum = 0, ...counts] = pool.pool.durations(0);
  assert.ok(sum >= 0.057);
  assert.equal(
    counts.reduce((all, count) => all + count, 0),
    3,
  );
  assert.equal(counts.length, DURATION_BUCKETS.length + 1);
});

test('a stop runs every teardown, although one of them throws and one never ends, and keeps to its time', async (t) => {
  const teardown = (body: string) => `export default {
    setup: ({ logger }) => logger,
    teardown({ state }) { ${body} },
    handle() {},
  }`;
  const pool = await PoolHarness.start(t, {
    files: {
      'a.mjs': teardown('throw new Error("teardown a")'),
      'b.mjs': teardown('return new Promise(() => {})'),
      'c.mjs': teardown('state.info("teardown c")'),
    },
    handlers: [{ file: 'a.mjs' }, { file: 'b.mjs' }, { file: 'c.mjs' }],
  });
  const startedMs = performance.now();
  await pool.pool.stop(300);
  const elapsedMs = performance.now() - startedMs;
  assert.ok(elapsedMs >= 290 && elapsedMs < 2000, `${elapsedMs} ms`);
  await pool.logs('teardown c');
  const [{ error } = {}] = await pool.logs('The teardown of the handler failed.');
  assert.equal((error as Error).message, 'teardown a');
});

test('a stop says after five seconds that it waits for a teardown, and goes on waiting to its end', async (t) => {
  const waiting = signalsOf(t, 'thread.waiting');
  const clock = new FakeClock();
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': 'export default { teardown: () => new Promise(() => {}), handle() {} }',
    },
    clock,
  });
  const stopped = pool.pool.stop(8000);
  clock.advance(4999);
  assert.deepEqual(waiting, []);
  clock.advance(1);
  assert.deepEqual(waiting, [{ thread: 0, what: 'teardown', elapsedMs: 5000 }]);
  clock.advance(3000);
  await stopped;
  assert.equal(waiting.length, 1);
});

test('a start says after five seconds that a setup is not over; a stop ends it at once', async (t) => {
  const waiting = signalsOf(t, 'thread.waiting');
  const clock = new FakeClock();
  const { harness, start } = await PoolHarness.prepare(t, {
    files: { 'handler.mjs': 'export default { setup: () => new Promise(() => {}), handle() {} }' },
    clock,
  });
  const started = start().catch((cause: MillraceError) => cause.code);
  clock.advance(5000);
  assert.deepEqual(waiting, [{ thread: 0, what: 'setup', elapsedMs: 5000 }]);
  // The clock stands still: nothing is waited for.
  await harness.pool.stop(60_000);
  assert.equal(await started, 'MR205');
});

test('a stop does not wait for a teardown that throws', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: { 'handler.mjs': 'export default { teardown() { throw new Error("x") }, handle() {} }' },
  });
  const startedMs = performance.now();
  await pool.pool.stop(10_000);
  assert.ok(performance.now() - startedMs < 5000);
});

test('a stop keeps to its time while a handler loops for ever, and while one is in native code', async (t) => {
  const native = `execFileSync(process.execPath, ['-e', 'setTimeout(() => {}, 1500)'])`;
  for (const body of ['for (;;);', native]) {
    const pool = await PoolHarness.start(t, {
      files: {
        'handler.mjs': `
          import { execFileSync } from 'node:child_process';
          export default (_, ctx) => { ctx.logger.info('busy'); ${body} };
        `,
      },
    });
    pool.send([{}]);
    await pool.logs('busy');
    const startedMs = performance.now();
    await pool.pool.stop(100);
    const elapsedMs = performance.now() - startedMs;
    assert.ok(elapsedMs >= 95 && elapsedMs < 1000, `${elapsedMs} ms`);
  }
});

test('threads that die while the pool stops are not replaced', async (t) => {
  const pool = await PoolHarness.start(t, {
    files: { 'handler.mjs': 'export default { teardown: () => process.exit(1), handle() {} }' },
  });
  await pool.pool.stop(5000);
  assert.deepEqual(
    pool.heard.map(({ type }) => type),
    ['up'],
  );
});

test('pools that start and stop again and again leave nothing behind', async (t) => {
  const cycle = async (): Promise<void> => {
    const { harness, start } = await PoolHarness.prepare(t, { files: OK });
    harness.pool.announce({ index: 0, topic: 'orders', partition: 0, origin: 0n });
    await start();
    harness.send([{}]);
    await harness.verdicts(1);
    await harness.pool.stop(5000);
  };
  const handles = (): number => process.getActiveResourcesInfo().length;
  await cycle();
  const before = handles();
  for (let i = 0; i < 20; i++) await cycle();
  await new Promise(setImmediate);
  assert.ok(handles() <= before, process.getActiveResourcesInfo().join(' '));
});

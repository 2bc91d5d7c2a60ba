import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MillraceError } from '../../src/contract/errors.ts';
import { HandlerRefusedError } from '../../src/contract/handler-refused.ts';
import { subscribe } from '../../src/contract/signals.ts';
import { PoolHarness, type PoolOptions } from '../support/pool-harness.ts';

/** Why a pool does not start. */
async function refusal(t: TestContext, options: PoolOptions): Promise<MillraceError> {
  const { start } = await PoolHarness.prepare(t, options);
  const thrown = await start().then(
    () => assert.fail('the pool has started'),
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof MillraceError);
  assert.equal(thrown.exit, 78);
  return thrown;
}

const refusalOf = (t: TestContext, source: string): Promise<MillraceError> =>
  refusal(t, { files: { 'handler.mjs': source } });

test('a module without a default export is MR202, with the exports to choose from', async (t) => {
  const error = await refusalOf(t, 'export const price = () => {}; export const rate = () => {};');
  assert.ok(error instanceof HandlerRefusedError);
  assert.equal(error.code, 'MR202');
  assert.match(
    error.message,
    /^pipeline-0: .*has no default export.* Found: price, rate\. Write #price/,
  );
});

test('what is not a handler is refused', async (t) => {
  assert.match((await refusalOf(t, 'export default 42')).message, /is not a handler/);
});

test('a module that throws while it loads is refused with what it threw', async (t) => {
  const { message } = await refusalOf(t, 'throw new RangeError("no config")');
  assert.match(message, /The handler does not load: RangeError: no config$/);
});

test('a syntax error in JavaScript, and an import that is not there, are refused', async (t) => {
  assert.match((await refusalOf(t, 'export default (')).message, /SyntaxError/);
  assert.match((await refusalOf(t, 'import "no-such-package"')).message, /no-such-package/);
});

test('a setup that rejects is refused', async (t) => {
  const { message } = await refusalOf(
    t,
    'export default { async setup() { throw new Error("no db") }, handle() {} }',
  );
  assert.match(message, /The setup of the handler failed: no db$/);
});

test('options that do not fit their schema are refused', async (t) => {
  const { message } = await refusalOf(
    t,
    `export default {
      options: { '~standard': { version: 1, vendor: 'x', async validate() {
        return { issues: [{ message: 'is required', path: ['url'] }] };
      } } },
      handle() {},
    }`,
  );
  assert.match(message, /The options are refused: .*url: is required$/);
});

test('the handlers of all pipelines that are refused are named together', async (t) => {
  const { message } = await refusal(t, {
    files: {
      'a.mjs': 'throw new Error("first")',
      'b.mjs': 'export default () => {}',
      'c.mjs': 'export default { setup() { throw new Error("second") }, handle() {} }',
    },
    handlers: [{ file: 'a.mjs' }, { file: 'b.mjs' }, { file: 'c.mjs' }],
    workers: { threads: 2 },
  });
  assert.deepEqual(message.split('\n'), [
    'pipeline-0: The handler does not load: first',
    'pipeline-2: The setup of the handler failed: second',
  ]);
});

test('a handler that was set up is torn down when another one is refused', async (t) => {
  const { harness, start } = await PoolHarness.prepare(t, {
    files: {
      'a.mjs': `export default {
        setup: ({ logger }) => logger,
        teardown: ({ state }) => state.info('closed'),
        handle() {},
      }`,
      'b.mjs': 'throw new Error("no config")',
    },
    handlers: [{ file: 'a.mjs' }, { file: 'b.mjs' }],
  });
  await assert.rejects(start(), { code: 'MR202' });
  await harness.logs('closed');
});

test('a module that ends its thread is MR203', async (t) => {
  for (const how of ['process.exit(0)', 'process.exit(3)']) {
    const error = await refusalOf(t, `${how}; export default () => {}`);
    assert.equal(error.code, 'MR203');
    assert.match(
      error.message,
      /while it loaded the handler of pipeline-0: .*exited with code: [03]\./,
    );
  }
});

test('an error in a timer while the handler loads is MR203', async (t) => {
  const error = await refusalOf(
    t,
    `setTimeout(() => { throw new Error('background') });
    await new Promise(() => {});
    export default () => {}`,
  );
  assert.equal(error.code, 'MR203');
  assert.match(error.message, /background/);
});

test('a pool that did not start stops at once', async (t) => {
  const { harness, start } = await PoolHarness.prepare(t, {
    files: { 'handler.mjs': 'process.exit(1)' },
    workers: { threads: 2 },
  });
  await assert.rejects(start());
  const startedMs = performance.now();
  await harness.pool.stop(10_000);
  assert.ok(performance.now() - startedMs < 5000);
});

test('a thread that can not be replaced is tried again, each time anew and later, and comes back', async (t) => {
  const failed: string[] = [];
  const pool = await PoolHarness.start(t, {
    files: {
      'handler.mjs': `
        import { appendFileSync, readFileSync } from 'node:fs';
        const file = new URL('./lives', import.meta.url);
        appendFileSync(file, '.');
        const life = readFileSync(file, 'utf8').length;
        if (life === 2) process.exit(9);
        if (life === 3) throw new Error('no config');
        export default {
          setup() { if (life === 4) throw new Error('no db'); },
          handle: () => process.exit(1),
        };
      `,
    },
  });
  t.after(
    subscribe('thread.failed', ({ attempt, message }) => failed.push(`${attempt} ${message}`)),
  );
  pool.send([{}]);
  await pool.ups(2);
  assert.deepEqual(failed, [
    "2 A worker thread died while it loaded the handler of pipeline-0: worker exited with code: 9. Look in the module and its setup for what ends the thread: process.exit, memory, or an error outside of the setup's own call.",
    '3 pipeline-0: The handler does not load: no config',
    '4 pipeline-0: The setup of the handler failed: no db',
  ]);
});

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Gate, PoolHarness } from '../support/pool-harness.ts';

const OLD = 'export default (record, ctx) => { ctx.logger.info("old") }';
const NEW = 'export default (record, ctx) => { ctx.logger.info("new") }';
const WAITS = `export default {
  async handle(record, ctx) {
    await Atomics.waitAsync(new Int32Array(ctx.options), 0, 0).value;
    ctx.logger.info("old");
  },
}`;

test('after a swap every thread runs the new handler', async (t) => {
  const files = { 'old.mjs': OLD, 'new.mjs': NEW };
  const harness = await PoolHarness.start(t, { files, workers: { threads: 2 } });
  await harness.swap('new.mjs');
  for (const thread of [0, 1]) harness.send([{ offset: thread }], { thread });
  assert.deepEqual((await harness.verdicts(2)).sort(), ['0 ack', '1 ack']);
  await harness.logs('new', 2);
});

test('a thread ends what it has with the old handler, and is not taken for dead', async (t) => {
  const gate = new Gate();
  const files = { 'old.mjs': WAITS, 'new.mjs': NEW };
  const harness = await PoolHarness.start(t, { files, spec: { options: gate.memory } });
  harness.send([{ offset: 0 }, { offset: 1 }]);
  const swapped = harness.swap('new.mjs');
  await harness.until('the order to retire', (heard) =>
    heard.some(({ type }) => type === 'retiring'),
  );
  gate.open();
  await swapped;
  assert.deepEqual((await harness.verdicts(2)).sort(), ['0 ack', '1 ack']);
  await harness.logs('old', 2);
  const lives = harness.heard.flatMap(({ type }) =>
    type === 'log' || type === 'verdict' ? [] : [type],
  );
  assert.deepEqual(lives, ['up', 'retiring', 'left', 'up']);
});

test('a JavaScript file that was changed, and what it imports, is loaded anew', async (t) => {
  const files = { 'handler.mjs': 'export { default } from "./part.mjs"', 'part.mjs': OLD };
  const harness = await PoolHarness.start(t, { files });
  await writeFile(join(harness.folder, 'part.mjs'), NEW);
  await harness.swap('handler.mjs');
  harness.send([{ offset: 0 }]);
  await harness.logs('new');
});

test('the threads go one after another', async (t) => {
  const files = { 'old.mjs': OLD, 'new.mjs': NEW };
  const harness = await PoolHarness.start(t, { files, workers: { threads: 2 } });
  harness.heard.length = 0;
  await harness.swap('new.mjs');
  const lives = harness.heard.flatMap((each) =>
    'thread' in each ? [`${each.thread} ${each.type}`] : [],
  );
  assert.deepEqual(lives, ['0 retiring', '0 left', '0 up', '1 retiring', '1 left', '1 up']);
});

test('the teardown of the old handler runs', async (t) => {
  const old = `export default {
    setup: ({ logger }) => logger,
    teardown({ state }) { state.info("torn down") },
    handle() {},
  }`;
  const harness = await PoolHarness.start(t, { files: { 'old.mjs': old, 'new.mjs': NEW } });
  await harness.swap('new.mjs');
  await harness.logs('torn down');
});

test('a new handler that is refused leaves the old one in all threads', async (t) => {
  const broken = `export default {
    setup({ thread }) { if (thread.id === 1) throw new Error('no db'); },
    handle(record, ctx) { ctx.logger.info("broken") },
  }`;
  const files = { 'old.mjs': OLD, 'broken.mjs': broken };
  const harness = await PoolHarness.start(t, { files, workers: { threads: 2 } });
  await assert.rejects(harness.swap('broken.mjs'), /The setup of the handler failed: no db$/);
  await harness.until('both threads', () => harness.pool.threads.every(({ isReady }) => isReady));
  for (const thread of [0, 1]) harness.send([{ offset: thread }], { thread });
  await harness.logs('old', 2);
});

test('a handler that does not come up in a spare thread retires none of those that work', async (t) => {
  for (const [source, reason] of [
    ['throw new Error("boom")', /The handler does not load: boom$/],
    ['export default (', /SyntaxError/],
    ['export default { setup() { throw new Error("no db") }, handle() {} }', /no db$/],
    ['process.exit(3)', /A worker thread died while it loaded/],
  ] as const) {
    const harness = await PoolHarness.start(t, {
      files: { 'handler.mjs': OLD },
      workers: { threads: 2 },
    });
    await writeFile(join(harness.folder, 'handler.mjs'), source);
    await assert.rejects(harness.prove('handler.mjs'), reason);
    assert.ok(harness.heard.every(({ type }) => type === 'up'));
    for (const thread of [0, 1]) harness.send([{ offset: thread }], { thread });
    await harness.logs('old', 2);
  }
});

test('the proof of a handler sets it up and tears it down, under a number that no thread has', async (t) => {
  const files = {
    'old.mjs': OLD,
    'new.mjs': `export default {
      setup({ logger, thread }) { logger.info('set up', { number: thread.id }); return logger; },
      teardown: ({ state }) => state.info('torn down'),
      handle() {},
    }`,
  };
  const harness = await PoolHarness.start(t, { files, workers: { threads: 2 } });
  await harness.prove('new.mjs');
  assert.deepEqual(await harness.logs('set up'), [{ number: 2 }]);
  await harness.logs('torn down');
});

test('a stop ends a proof, and a swap that comes after it', async (t) => {
  const files = {
    'old.mjs': OLD,
    'slow.mjs': `export default {
      setup({ logger }) { logger.info('setting up'); return new Promise(() => {}); },
      handle() {},
    }`,
  };
  const harness = await PoolHarness.start(t, { files });
  const proven = assert.rejects(harness.prove('slow.mjs'), { code: 'MR205' });
  await harness.logs('setting up');
  await Promise.all([proven, harness.pool.stop(100)]);
  await assert.rejects(harness.prove('old.mjs'), { code: 'MR205' });
  await assert.rejects(harness.swap('old.mjs'), { code: 'MR205' });
});

test('a thread that dies meanwhile comes up with the new handler', async (t) => {
  const gate = new Gate();
  const old = `export default async (record, ctx) => {
    await Atomics.waitAsync(new Int32Array(ctx.options), 0, 0).value;
    process.exit(3);
  }`;
  const files = { 'old.mjs': old, 'new.mjs': NEW };
  const harness = await PoolHarness.start(t, { files, spec: { options: gate.memory } });
  harness.send([{ offset: 0 }]);
  const swapped = harness.swap('new.mjs');
  gate.open();
  await swapped;
  assert.equal((await harness.death()).lost[0]?.offset, 0);
  harness.send([{ offset: 1 }]);
  await harness.logs('new');
});

test('a stop ends a swap', async (t) => {
  const files = {
    'old.mjs': OLD,
    'slow.mjs': 'export default { setup: () => new Promise(() => {}), handle() {} }',
  };
  const harness = await PoolHarness.start(t, { files });
  const swapped = harness.swap('slow.mjs');
  await harness.until('the thread to leave', (heard) => heard.some(({ type }) => type === 'left'));
  await Promise.all([assert.rejects(swapped, { code: 'MR205' }), harness.pool.stop(100)]);
});

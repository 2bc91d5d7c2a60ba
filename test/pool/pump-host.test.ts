import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { FromThread, HandlerSpec } from '../../src/contract/thread.ts';
import { type Pump, PumpHost } from '../../src/pool/pump-host.ts';
import { WorkerThread } from '../../src/pool/worker-thread.ts';
import { planOf, type TestPlan } from '../support/chunk-plans.ts';
import { projectOf } from '../support/handler-files.ts';

/** A host and a way to start pumps of a handler on it, each with the thread that it belongs to. */
async function hostOf(t: TestContext, threads: number, source: string) {
  const folder = await projectOf(t, { 'handler.mjs': source });
  const spec: HandlerSpec = {
    pipeline: 'orders',
    url: pathToFileURL(join(folder, 'handler.mjs')).href,
    exportName: null,
    options: {},
    deserialize: { key: 'string', value: 'string' },
    timeoutMs: 1000,
    graceMs: 1000,
    concurrency: 1,
    sink: null,
    isCheck: false,
    witness: null,
  };
  const host = new PumpHost(threads, null);
  t.after(() => host.destroy());
  const run = async (): Promise<{ pump: Pump; thread: WorkerThread<TestPlan> }> => {
    const thread = new WorkerThread<TestPlan>(0, 4, [spec], (message: FromThread) => {
      if (!(message instanceof Int32Array) && message.type === 'ready')
        pump.identify(message.threadId);
    });
    const pump = host.run(thread.start);
    thread.post({ type: 'partition', index: 0, topic: 'orders', partition: 0, origin: 0n });
    await once(thread.port, 'message');
    return { pump, thread };
  };
  return { host, run };
}

test('a pump that is told to stop ends without a death', async (t) => {
  const { run } = await hostOf(t, 1, 'export default () => {}');
  const { pump, thread } = await run();
  thread.post({ type: 'stop' });
  assert.equal(await pump.ended, null);
});

test('a pump that is killed is stuck, whatever it does, and the next one gets a new thread', async (t) => {
  const { run } = await hostOf(t, 1, 'export default () => { for (;;); }');
  const { pump, thread } = await run();
  thread.send(0, planOf([{}]));
  pump.kill('stuck');
  assert.deepEqual(await pump.ended, {
    death: 'stuck',
    message: 'The attempt had not ended a grace after its timeout, and its thread was replaced.',
    stack: null,
  });
  const next = await run();
  next.thread.post({ type: 'stop' });
  assert.equal(await next.pump.ended, null);
});

test('only the pump that is killed ends', async (t) => {
  const { run } = await hostOf(t, 2, 'export default () => {}');
  const first = await run();
  const second = await run();
  first.pump.kill('stuck');
  await first.pump.ended;
  const end = await Promise.race([second.pump.ended, Promise.resolve('going on')]);
  assert.equal(end, 'going on');
  second.thread.post({ type: 'stop' });
  assert.equal(await second.pump.ended, null);
});

test('the ways of dying are told apart', async (t) => {
  const deaths = [
    ['process.exit(0)', 'exit', /code: 0/],
    ['process.exit(7)', 'exit', /code: 7/],
    ['process.nextTick(() => { throw new TypeError("late") })', 'crash', /^TypeError: late$/],
    ['Promise.reject(new RangeError("alone"))', 'crash', /^RangeError: alone$/],
    ['process.nextTick(() => { throw "text" })', 'crash', /text/],
    ['process.nextTick(() => { throw undefined })', 'crash', /undefined/],
  ] as const;
  for (const [body, death, message] of deaths) {
    const { run } = await hostOf(t, 1, `export default () => { ${body} }`);
    const { pump, thread } = await run();
    thread.send(0, planOf([{}]));
    const end = await pump.ended;
    assert.equal(end?.death, death, body);
    assert.match(end?.message ?? '', message);
    // Only what was thrown as an error has a place where it was made.
    const hasPlace = /Error/.test(body);
    assert.equal(/handler\.mjs:1/.test(end?.stack ?? ''), hasPlace, end?.stack ?? 'none');
  }
});

test('a pump that waits for a thread can be killed too', async (t) => {
  const { host, run } = await hostOf(t, 1, 'export default () => {}');
  await run();
  const waiting = new WorkerThread<TestPlan>(1, 1, [], () => {});
  const pump = host.run(waiting.start);
  pump.kill('stuck');
  assert.equal((await pump.ended)?.death, 'stuck');
});

test('a host that is destroyed ends all of its pumps', async (t) => {
  const { host, run } = await hostOf(t, 2, 'export default () => {}');
  const pumps = [await run(), await run()];
  await host.destroy();
  for (const { pump } of pumps) assert.notEqual(await pump.ended, null);
});

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isAlive } from '../support/alive.ts';
import { CliProcess } from '../support/cli-process.ts';
import { until } from '../support/until.ts';

test('millrace demo keeps every promise and says so', { timeout: 120_000 }, async (t) => {
  const { code, stdout } = await CliProcess.result(t, ['demo']);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /produced +20,000\n +handled +20,000\n +lost +0\n/);
  assert.match(stdout, /without reason +0\n/);
  assert.match(stdout, /order per key +kept +220 keys\n/);
  assert.match(stdout, /is killed with SIGKILL/);
  assert.match(stdout, /The promises held\.\n$/);
});

/** A demo whose first member works, and the pid of that. */
async function demoAtWork(t: TestContext): Promise<{ demo: CliProcess; pid: number }> {
  const demo = CliProcess.of(t, ['demo']);
  const [, pid] = await demo.said(/member A starts \(process (\d+)\)[\s\S]*member B starts/);
  return { demo, pid: Number(pid) };
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`millrace demo ends at once on ${signal}, with all its processes`, {
    timeout: 60_000,
  }, async (t) => {
    const { demo, pid } = await demoAtWork(t);
    demo.signal(signal);
    assert.equal((await demo.exit()).code, 1);
    assert.equal(isAlive(pid), false);
    assert.match(demo.stderr, /The demo was interrupted/);
  });
}

test('millrace demo takes its members with it when it is killed', {
  timeout: 60_000,
}, async (t) => {
  const { demo, pid } = await demoAtWork(t);
  demo.signal('SIGKILL');
  await demo.exit();
  await until(() => !isAlive(pid));
});

test('millrace demo says that it has no folder to write to', async (t) => {
  const { code, stderr } = await CliProcess.result(t, ['demo'], { env: { TMPDIR: '/no/such' } });
  assert.equal(code, 78);
  assert.match(stderr, /The demo needs a folder .*\/no\/such.* TMPDIR\. \[MR607\]/);
});

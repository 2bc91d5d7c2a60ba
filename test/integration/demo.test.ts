import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CliProcess } from '../support/cli-process.ts';

test('millrace demo keeps every promise and says so', { timeout: 120_000 }, async (t) => {
  const { code, stdout } = await CliProcess.result(t, ['demo']);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /produced +20,000\n +handled +20,000\n +lost +0\n/);
  assert.match(stdout, /without reason +0\n/);
  assert.match(stdout, /order per key +kept +220 keys\n/);
  assert.match(stdout, /is killed with SIGKILL/);
  assert.match(stdout, /The promises held\.\n$/);
});

test('millrace demo ends at once when it is interrupted, with all its processes', {
  timeout: 60_000,
}, async (t) => {
  const demo = CliProcess.of(t, ['demo']);
  const [, pid] = await demo.said(/member A starts \(process (\d+)\)/);
  demo.signal('SIGINT');
  assert.equal((await demo.exit()).code, 1);
  assert.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' });
  assert.match(demo.stderr, /The demo was interrupted/);
});

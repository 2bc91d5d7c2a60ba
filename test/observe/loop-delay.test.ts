import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoopDelayMonitor } from '../../src/observe/loop-delay.ts';
import { FakeClock } from '../support/clock.ts';

/** Holds the thread for `ms`, as a computation would, and returns when timers have run again. */
async function block(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30));
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
  await new Promise((resolve) => setTimeout(resolve, 30));
}

test('before the first measurement there are no quantiles', () => {
  const monitor = new LoopDelayMonitor(new FakeClock());
  assert.deepEqual(monitor.read(), { quantiles: [], sum: 0, count: 0 });
  monitor.stop();
});

test('a blocked loop shows in seconds, in the highest quantile and in the sum', async () => {
  const monitor = new LoopDelayMonitor(new FakeClock());
  await block(150);
  const { quantiles, sum, count } = monitor.read();
  monitor.stop();
  const [share, worst] = quantiles.at(-1) ?? [];
  assert.equal(share, 1);
  assert.ok(worst !== undefined && worst > 0.1 && worst < 60, `${worst}`);
  assert.ok(count > 0);
  assert.ok(sum > 0.1, `${sum}`);
});

test('a stall is forgotten after two windows, but for the totals', async () => {
  const clock = new FakeClock();
  const monitor = new LoopDelayMonitor(clock);
  await block(400);
  const worst = (): number => monitor.read().quantiles.at(-1)?.[1] ?? 0;
  const stalled = worst();
  clock.advance(30_000);
  assert.equal(worst(), stalled);
  assert.equal(worst(), stalled);
  const { sum } = monitor.read();
  await block(0);
  clock.advance(30_000);
  assert.equal(worst(), stalled);
  await block(0);
  assert.ok(worst() < stalled);
  assert.ok(monitor.read().sum >= sum);
  monitor.stop();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runBatch } from './batch.ts';
import { REGRESSIONS } from './regressions.ts';
import { runSeed } from './run-seed.ts';
import { scenarioOf } from './scenario.ts';
import { shrink } from './shrink.ts';

test('no fault breaks a promise, and all that was read is handled and committed after the last one', async () => {
  const { failures } = await runBatch(1, 301);
  assert.deepEqual(failures, [], 'run each alone: node dist/test/simulation/run.js --seed <seed>');
});

for (const { seed, with: overrides, what } of REGRESSIONS) {
  test(`seed ${seed} holds: ${what}`, async () => {
    const { failure } = await runSeed(scenarioOf(seed, overrides));
    assert.equal(failure, null);
  });
}

test('a seed is one run', async () => {
  const first = await runSeed(scenarioOf(1211));
  const second = await runSeed(scenarioOf(1211));
  assert.deepEqual(second, first);
  assert.ok(first.events > 100);
});

test('a failing run is made smaller for as long as it fails', async () => {
  // No record may be handled at all within an attempt: whatever else a scenario has is left out.
  const broken = { maxUncommitted: 0 };
  const smaller = await shrink(1211, broken);
  const { failure } = await runSeed(scenarioOf(1211, smaller));
  assert.notEqual(failure, null);
  assert.deepEqual([smaller.partitions ?? 1, smaller.faults], [1, {}]);
});

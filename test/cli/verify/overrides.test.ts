import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULTS, type FaultName } from '../../../src/cli/verify/faults.ts';
import { overridesOf } from '../../../src/cli/verify/overrides.ts';
import type { PipelineConfig } from '../../../src/contract/config.ts';

/** What is laid over a pipeline, as key=value without the pipeline's id. */
function laidOver(
  faults: readonly FaultName[],
  source: object = {},
  keys: Partial<PipelineConfig> = {},
): string[] {
  const quick = { sessionTimeoutMs: 6000, heartbeatIntervalMs: 1000, instanceId: null };
  const pipeline = {
    id: 'orders',
    source: { ...quick, autoOffsetReset: 'earliest', ...source },
    timeoutMs: 30_000,
    retry: { maxAttempts: 5 },
    commit: { intervalMs: 1000 },
    ...keys,
  };
  const overrides = overridesOf(pipeline as PipelineConfig, faults);
  return overrides.map(({ key, value }) => `${key.replace('pipelines.orders.', '')}=${value}`);
}

test('only what a fault needs is laid over a pipeline', () => {
  assert.deepEqual(laidOver([]), []);
  assert.deepEqual(laidOver(FAULTS), ['timeout=2000ms']);
  assert.deepEqual(laidOver(FAULTS, {}, { timeoutMs: 500 }), []);
});

test('a killed member is missed soon, and members of one static id do not fence each other', () => {
  const source = { sessionTimeoutMs: 30_000, heartbeatIntervalMs: 2000, instanceId: 'one' };
  assert.deepEqual(laidOver(['kill'], source), [
    'source.sessionTimeout=6000ms',
    'source.heartbeatInterval=1000ms',
    'source.instanceId=',
  ]);
});

test('a fault never takes the last attempt of a record, nor the start of the log', () => {
  const retry = { retry: { maxAttempts: 1 } as PipelineConfig['retry'] };
  assert.deepEqual(laidOver(['thread-exit'], {}, retry), ['retry.maxAttempts=3']);
  assert.deepEqual(laidOver(['kill'], {}, retry), []);
  const endless = { retry: { maxAttempts: 0 } as PipelineConfig['retry'] };
  assert.deepEqual(laidOver(['thread-exit'], {}, endless), []);
  assert.deepEqual(laidOver([], { autoOffsetReset: 'latest' }), [
    'source.autoOffsetReset=earliest',
  ]);
});

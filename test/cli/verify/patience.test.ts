import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patienceMs } from '../../../src/cli/verify/patience.ts';

const BACKOFF = {
  type: 'exponential',
  initialMs: 200,
  maxMs: 30_000,
  factor: 2,
  jitter: 0,
} as const;
const retry = { maxAttempts: 5, backoff: BACKOFF, notOn: [] };

test('nothing more is to come after the longest pause, an attempt, and a change of members', () => {
  assert.equal(patienceMs({ retry, timeoutMs: 2000 }), 15_000 + 3200 + 2000);
  assert.equal(patienceMs({ retry: { ...retry, maxAttempts: 0 }, timeoutMs: 0 }), 45_000);
  assert.equal(patienceMs({ retry: { ...retry, maxAttempts: 99 }, timeoutMs: 0 }), 45_000);
  const fixed = { ...retry, backoff: { ...BACKOFF, type: 'fixed' as const } };
  assert.equal(patienceMs({ retry: fixed, timeoutMs: 0 }), 15_200);
});

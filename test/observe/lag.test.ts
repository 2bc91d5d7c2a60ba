import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lagOf, readableLagOf } from '../../src/observe/lag.ts';
import { partition } from './status.ts';

test('lag is the end minus the watermark, exact above 2^53', () => {
  const base = 2n ** 60n;
  assert.equal(lagOf(partition({ watermark: base, end: base + 3n })), 3n);
});

test('lag is unknown without a watermark or an end', () => {
  assert.equal(lagOf(partition({ watermark: null })), null);
  assert.equal(lagOf(partition({ end: null })), null);
});

test('lag is unknown when the leader has not told its end for 15 seconds', () => {
  assert.equal(lagOf(partition({ endAgeMs: 15_000 })), 0n);
  assert.equal(lagOf(partition({ endAgeMs: 15_001 })), null);
  assert.equal(lagOf(partition({ endAgeMs: null })), null);
});

test('lag is not negative when the end is older than the watermark', () => {
  assert.equal(lagOf(partition({ watermark: 101n, end: 100n })), 0n);
});

test('records of an open transaction count for the lag, and are not there to be read', () => {
  const open = partition({ watermark: 90n, readableEnd: 90n, end: 100n });
  assert.equal(lagOf(open), 10n);
  assert.equal(readableLagOf(open), 0n);
  assert.equal(readableLagOf(partition({ readableEnd: null })), null);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Load, roomFor } from '../../src/flow/backpressure.ts';

const LIMITS = { maxRecords: 1_000, maxBytes: 10_000 };
const EMPTY: Load = { records: 0, bytes: 0, askedBytes: 0, isPaused: false };

test('a partition has room for what its share of the buffer leaves', () => {
  assert.equal(roomFor(EMPTY, LIMITS, 1), 10_000);
  assert.equal(roomFor(EMPTY, LIMITS, 4), 2_500);
  assert.equal(roomFor({ ...EMPTY, bytes: 400 }, LIMITS, 4), 2_100);
});

test('what was asked for and is not here yet takes room', () => {
  assert.equal(roomFor({ ...EMPTY, bytes: 400, askedBytes: 2_000 }, LIMITS, 4), 100);
});

test('past its share in bytes or in records it is paused', () => {
  assert.equal(roomFor({ ...EMPTY, bytes: 2_500 }, LIMITS, 4), 0);
  assert.equal(roomFor({ ...EMPTY, bytes: 9_999 }, LIMITS, 4), 0);
  assert.equal(roomFor({ ...EMPTY, records: 250 }, LIMITS, 4), 0);
});

test('a paused partition goes on when it is down to half of its share, in both', () => {
  const paused = { ...EMPTY, isPaused: true };
  assert.equal(roomFor({ ...paused, bytes: 1_251 }, LIMITS, 4), 0);
  assert.equal(roomFor({ ...paused, records: 126 }, LIMITS, 4), 0);
  assert.equal(roomFor({ ...paused, bytes: 1_250, records: 125 }, LIMITS, 4), 1_250);
});

test('every pause ends when its cause ends, and no share is so small that nothing fits', () => {
  const arbitrary = fc.record({
    maxRecords: fc.integer({ min: 1, max: 1e6 }),
    maxBytes: fc.integer({ min: 1, max: 1e9 }),
    partitions: fc.integer({ min: 1, max: 10_000 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ partitions, ...limits }) => {
      assert(roomFor({ ...EMPTY, isPaused: true }, limits, partitions) > 0);
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DURATION_BUCKETS,
  HISTOGRAM_CELLS,
  MEAN_CELLS,
  threadMemoryBytes,
  viewThreadMemory,
} from '../../src/contract/thread.ts';
import { Durations } from '../../workers/durations.ts';

function measured(pipelines = 1) {
  const memory = viewThreadMemory(
    new SharedArrayBuffer(threadMemoryBytes(1, pipelines)),
    1,
    pipelines,
  );
  const durations = Array.from({ length: pipelines }, (_, i) => new Durations(memory, i));
  return { memory, durations };
}

test('the first duration is the mean, and later ones move it by a tenth', () => {
  const { memory, durations } = measured();
  durations[0]?.add(3, 1000, 1020);
  assert.equal(memory.mean[3], 20);
  durations[0]?.add(3, 1000, 1010);
  assert.equal(memory.mean[3], 19);
  assert.equal(memory.mean[4], 0);
});

test('a mean follows a handler that becomes slow or fast', () => {
  const { memory, durations } = measured();
  for (let i = 0; i < 100; i++) durations[0]?.add(0, 0, 1);
  for (let i = 0; i < 100; i++) durations[0]?.add(0, 0, 50);
  assert.ok((memory.mean[0] as number) > 49.9);
});

test('a handler too fast for the clock is known all the same', () => {
  const { memory, durations } = measured();
  durations[0]?.add(0, 5, 5);
  assert.ok((memory.mean[0] as number) > 0);
});

test('partitions beyond the cells share them', () => {
  const { memory, durations } = measured();
  durations[0]?.add(MEAN_CELLS + 2, 0, 8);
  assert.equal(memory.mean[2], 8);
});

test('each duration counts in the first bucket that holds it, and in the sum', () => {
  const { memory, durations } = measured();
  const buckets = [...DURATION_BUCKETS, Number.POSITIVE_INFINITY];
  for (const [i, seconds] of DURATION_BUCKETS.entries()) {
    // On a bound it still counts below it; just above it does not.
    durations[0]?.add(0, 0, seconds * 1000);
    durations[0]?.add(0, 0, seconds * 1000 + 0.01);
    assert.ok(buckets.length > i);
  }
  const [sum, ...counts] = memory.durations;
  const total = DURATION_BUCKETS.reduce((all, seconds) => all + 2 * seconds + 0.000_01, 0);
  assert.ok(Math.abs((sum as number) - total) < 1e-6);
  assert.deepEqual(counts, [1, ...new Array(DURATION_BUCKETS.length - 1).fill(2), 1]);
});

test('pipelines have histograms of their own', () => {
  const { memory, durations } = measured(2);
  durations[1]?.add(0, 0, 2000);
  assert.equal(memory.durations[0], 0);
  assert.equal(memory.durations[HISTOGRAM_CELLS], 2);
});

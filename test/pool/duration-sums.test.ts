import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  HISTOGRAM_CELLS,
  type ThreadMemory,
  threadMemoryBytes,
  viewThreadMemory,
} from '../../src/contract/thread.ts';
import { DurationSums } from '../../src/pool/duration-sums.ts';

/** Memory of a thread of two pipelines, whose cells hold `value` and ten times that. */
function memoryOf(value: number): ThreadMemory {
  const memory = viewThreadMemory(new SharedArrayBuffer(threadMemoryBytes(1, 2)), 1, 2);
  memory.durations.fill(value, 0, HISTOGRAM_CELLS);
  memory.durations.fill(value * 10, HISTOGRAM_CELLS);
  return memory;
}

const filled = (value: number) => new Float64Array(HISTOGRAM_CELLS).fill(value);

test('a sum is over the threads that are there and those that were', () => {
  const sums = new DurationSums();
  sums.keep(memoryOf(1), 2);
  sums.keep(memoryOf(2), 2);
  assert.deepEqual(sums.of(0, [memoryOf(4), memoryOf(8)]), filled(15));
  assert.deepEqual(sums.of(1, [memoryOf(4)]), filled(70));
});

test('asking does not count twice', () => {
  const sums = new DurationSums();
  sums.keep(memoryOf(1), 2);
  sums.of(0, [memoryOf(4)]);
  assert.deepEqual(sums.of(0, [memoryOf(4)]), filled(5));
});

test('without a thread it is nothing', () => {
  assert.deepEqual(new DurationSums().of(3, []), filled(0));
});

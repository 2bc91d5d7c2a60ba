import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DueQueue } from '../../src/flow/due-queue.ts';

test('nothing is taken before it is due', () => {
  const queue = new DueQueue<string>();
  queue.add(10, 'later');
  assert.equal(queue.take(9.9), undefined);
  assert.equal(queue.take(10), 'later');
});

test('an empty queue is never due', () => {
  const queue = new DueQueue<string>();
  assert.equal(queue.nextMs, Number.POSITIVE_INFINITY);
  assert.equal(queue.take(1e12), undefined);
});

test('things leave in the order in which they are due, however they were added', () => {
  const step = fc.oneof(
    fc.record({ dueMs: fc.nat({ max: 50 }) }),
    fc.record({ nowMs: fc.nat({ max: 60 }) }),
  );
  const property = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const queue = new DueQueue<number>();
    const list: number[] = [];
    for (const one of steps) {
      if ('dueMs' in one) {
        queue.add(one.dueMs, one.dueMs);
        list.push(one.dueMs);
        list.sort((a, b) => a - b);
      } else {
        const isDue = list.length > 0 && (list[0] as number) <= one.nowMs;
        assert.equal(queue.take(one.nowMs), isDue ? list.shift() : undefined);
      }
      assert.equal(queue.size, list.length);
      assert.equal(queue.nextMs, list[0] ?? Number.POSITIVE_INFINITY);
    }
  });
  fc.assert(property, { numRuns: 300 });
});

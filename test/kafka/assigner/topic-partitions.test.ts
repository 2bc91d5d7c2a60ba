import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeTopicPartitions } from '../../../src/kafka/assigner/topic-partitions.ts';

test('entries of one topic become one, sorted and without repeats', () => {
  const merged = mergeTopicPartitions([
    { topic: 'b', partitions: [10, 9] },
    { topic: 'a', partitions: [] },
    { topic: 'b', partitions: [9, 2] },
  ]);
  assert.deepEqual(
    [...merged],
    [
      ['a', []],
      ['b', [2, 9, 10]],
    ],
  );
});

test('a topic may have the name of anything that an object already has', () => {
  const merged = mergeTopicPartitions([
    { topic: '__proto__', partitions: [1] },
    { topic: 'constructor', partitions: [2] },
  ]);
  assert.deepEqual(
    [...merged],
    [
      ['__proto__', [1]],
      ['constructor', [2]],
    ],
  );
});

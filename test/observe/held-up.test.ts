import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Holding } from '../../src/contract/status.ts';
import { heldUp } from '../../src/observe/held-up.ts';
import { engine, partition, pipeline } from './status.ts';

const held = (index: number, holding: Partial<Holding>) =>
  partition({
    partition: index,
    holding: {
      offset: 7n,
      keyHash: null,
      attempt: 1,
      thread: null,
      why: 'thread',
      sinceMs: 0,
      ...holding,
    },
  });

test('what holds partitions up is told in words, the one that waits longest first', () => {
  const partitions = [
    held(0, { why: 'retry', sinceMs: 10, attempt: 4 }),
    held(1, { why: 'running', sinceMs: 9000, thread: 2, keyHash: 'abcdef01' }),
    held(2, { why: 'halted', sinceMs: 500 }),
  ];
  const found = heldUp(engine({ pipelines: [pipeline({ partitions })] }));
  assert.deepEqual(
    found.map(({ partition: index, thread, why }) => [index, thread, why]),
    [
      [1, 2, 'its handler runs'],
      [2, null, 'it failed for good and onFailure is halt'],
      [0, null, 'it failed and waits for its next attempt'],
    ],
  );
  assert.deepEqual([found[0]?.offset, found[0]?.keyHash, found[2]?.attempt], ['7', 'abcdef01', 4]);
});

test('a partition at its end is not held up; one that is stopped, or has more to read, is', () => {
  const end = { watermark: 5n, end: 5n, endAgeMs: 0 };
  const partitions = [
    partition(end),
    partition({ ...end, state: 'stopped', partition: 1 }),
    partition({ ...end, end: 9n, isPaused: true, partition: 2 }),
    partition({ ...end, end: 9n, partition: 3 }),
  ];
  const found = heldUp(engine({ pipelines: [pipeline({ partitions })] }));
  assert.deepEqual(
    found.map(({ partition: index, why }) => [index, why]),
    [
      [1, 'it is not read any more, by policy'],
      [2, 'the buffer is full'],
      [3, 'its records are being fetched'],
    ],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counts } from '../../../src/kafka/assigner/counts.ts';

test('a table knows its cells and the sums of its rows and columns', () => {
  const counts = new Counts(2, 3);
  counts.add(0, 2, 1);
  counts.add(1, 2, 1);
  counts.add(1, 0, 1);
  counts.add(1, 2, 1);
  counts.add(1, 2, -1);
  assert.equal(counts.get(1, 2), 1);
  assert.deepEqual([counts.ofRow(0), counts.ofRow(1)], [1, 2]);
  assert.deepEqual([counts.ofColumn(0), counts.ofColumn(1), counts.ofColumn(2)], [1, 0, 2]);
});

test('a copy goes its own way', () => {
  const counts = new Counts(1, 1);
  counts.add(0, 0, 1);
  const copy = counts.copy();
  copy.add(0, 0, 1);
  assert.deepEqual([counts.get(0, 0), counts.ofRow(0), counts.ofColumn(0)], [1, 1, 1]);
  assert.deepEqual([copy.get(0, 0), copy.ofRow(0), copy.ofColumn(0)], [2, 2, 2]);
});

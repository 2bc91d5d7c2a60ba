import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batch } from '../../src/broker/log/batch.ts';
import { compactedBatch, emptyBatch, gappedBatch } from '../../src/testing/index.ts';

const factsOf = (bytes: Buffer) => {
  const batch = new Batch(bytes);
  assert.equal(batch.crc, batch.computeCrc());
  return [batch.baseOffset, batch.lastOffset, batch.recordCount];
};

test('an empty batch has an offset and no record', () => {
  assert.deepEqual(factsOf(emptyBatch({ baseOffset: 5n })), [5n, 5n, 0]);
  assert.equal(emptyBatch().length, 61);
});

test('a batch that is compacted away keeps its offsets', () => {
  assert.deepEqual(factsOf(compactedBatch(100, { baseOffset: 5n })), [5n, 104n, 0]);
  assert.throws(() => compactedBatch(0), /at least one offset, not 0/);
});

test('a gap is as wide as it is told', () => {
  assert.deepEqual(factsOf(gappedBatch([{}, {}])), [0n, 1_000_001n, 2]);
  assert.deepEqual(factsOf(gappedBatch([{}, {}], 3, { baseOffset: 1n })), [1n, 5n, 2]);
});

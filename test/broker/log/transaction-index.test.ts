import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batch } from '../../../src/broker/log/batch.ts';
import { TransactionIndex } from '../../../src/broker/log/transaction-index.ts';
import { batchOf, markerOf } from '../../support/broker-batches.ts';

function written(...batches: Buffer[]): TransactionIndex {
  const index = new TransactionIndex();
  for (const bytes of batches) index.appended(new Batch(bytes));
  return index;
}

const records = (producerId: bigint, baseOffset: bigint): Buffer =>
  batchOf(2, { attributes: 0x10, producerId, producerEpoch: 0, baseSequence: 0, baseOffset });

test('the first open transaction is the oldest that has not ended', () => {
  const index = written(records(1n, 0n), records(2n, 2n), records(1n, 4n));
  assert.equal(index.firstOpenOffset, 0n);
  index.appended(new Batch(markerOf('commit', 1n, { baseOffset: 6n })));
  assert.equal(index.firstOpenOffset, 2n);
  assert.deepEqual([index.isOpen(1n), index.isOpen(2n)], [false, true]);
});

test('an aborted transaction is told to those who read any of its range', () => {
  const index = written(records(1n, 0n), markerOf('abort', 1n, { baseOffset: 2n }));
  assert.equal(index.firstOpenOffset, null);
  const aborted = [{ producerId: 1n, firstOffset: 0n, lastOffset: 2n }];
  assert.deepEqual(index.abortedWithin(0n, 3n), aborted);
  assert.deepEqual(index.abortedWithin(2n, 9n), aborted);
  assert.deepEqual(index.abortedWithin(3n, 9n), []);
});

test('records outside of a transaction, and a marker of nobody, change nothing', () => {
  const index = written(batchOf(1), markerOf('abort', 7n, { baseOffset: 1n }));
  assert.equal(index.firstOpenOffset, null);
  assert.deepEqual(index.abortedWithin(0n, 9n), []);
});

test('a control batch that cannot be read ends nothing', () => {
  const broken = markerOf('abort', 1n, { baseOffset: 2n }).subarray(0, 63);
  const index = written(records(1n, 0n), broken);
  assert.equal(index.firstOpenOffset, 0n);
});

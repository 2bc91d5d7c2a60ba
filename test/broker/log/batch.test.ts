import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batch, batchSizeAt, magicAt } from '../../../src/broker/log/batch.ts';
import { batchOf } from '../../support/broker-batches.ts';

test('the header of a batch is read by its fields', () => {
  const facts = {
    baseOffset: 7n,
    leaderEpoch: 3,
    attributes: 0x14,
    baseTimestamp: 100n,
    maxTimestamp: 120n,
    producerId: 9n,
    producerEpoch: 2,
    baseSequence: 5,
  };
  const batch = new Batch(batchOf(4, facts));
  assert.equal(batch.baseOffset, 7n);
  assert.equal(batch.leaderEpoch, 3);
  assert.equal(batch.baseTimestamp, 100n);
  assert.equal(batch.maxTimestamp, 120n);
  assert.equal(batch.producerId, 9n);
  assert.equal(batch.producerEpoch, 2);
  assert.equal(batch.baseSequence, 5);
  assert.equal(batch.lastOffset, 10n);
  assert.equal(batch.recordCount, 4);
  assert.equal(batch.codec, 4);
  assert.deepEqual([batch.isTransactional, batch.isControl], [true, false]);
});

test('a batch gets its place without a new checksum', () => {
  const batch = new Batch(batchOf(2));
  batch.place(1000n, 4);
  assert.deepEqual([batch.baseOffset, batch.lastOffset, batch.leaderEpoch], [1000n, 1001n, 4]);
  assert.equal(batch.computeCrc(), batch.crc);
});

test('a stamp of the log replaces the largest time, and the checksum with it', () => {
  const batch = new Batch(batchOf(2, { baseTimestamp: 5n }));
  batch.stamp(99n);
  assert.deepEqual([batch.maxTimestamp, batch.hasLogAppendTime], [99n, true]);
  assert.equal(batch.computeCrc(), batch.crc);
  batch.stamp(null);
  assert.equal(batch.hasLogAppendTime, false);
  assert.equal(batch.computeCrc(), batch.crc);
});

test('the size of a batch and its format are known before all of it is there', () => {
  const bytes = batchOf(3);
  assert.equal(batchSizeAt(bytes.subarray(0, 17), 0), bytes.length);
  assert.equal(magicAt(bytes.subarray(0, 17), 0), 2);
  assert.equal(batchSizeAt(bytes.subarray(0, 16), 0), null);
});

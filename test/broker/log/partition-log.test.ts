import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Refusal } from '../../../src/broker/errors.ts';
import { Batch } from '../../../src/broker/log/batch.ts';
import { PartitionLog } from '../../../src/broker/log/partition-log.ts';
import { type BatchFacts, batchOf, markerOf } from '../../support/broker-batches.ts';

function append(log: PartitionLog, count: number, facts: BatchFacts = {}): bigint {
  return log.append(new Batch(batchOf(count, facts)), 0, null);
}

/** The base offsets of the batches that were read. */
function offsetsIn(records: readonly Buffer[]): bigint[] {
  const bytes = Buffer.concat(records);
  const offsets: bigint[] = [];
  for (let at = 0; at < bytes.length; at += 12 + bytes.readInt32BE(at + 8)) {
    offsets.push(bytes.readBigInt64BE(at));
  }
  return offsets;
}

const ALL = 10_000_000;
const outOfRange = (error: unknown): boolean =>
  error instanceof Refusal && error.message === 'OFFSET_OUT_OF_RANGE';

test('batches get the next offsets and the epoch of their leader', () => {
  const log = new PartitionLog();
  assert.equal(append(log, 3), 0n);
  assert.equal(log.append(new Batch(batchOf(2)), 4, null), 3n);
  assert.equal(log.endOffset, 5n);
  const { records } = log.read(3n, log.endOffset, ALL, true);
  assert.equal(new Batch(Buffer.concat(records)).leaderEpoch, 4);
});

test('a read begins with the batch that holds the offset and ends with a whole one', () => {
  const log = new PartitionLog();
  for (let i = 0; i < 5; i++) append(log, 10);
  const size = log.bytes / 5;
  const { records, bytes, endOffset } = log.read(15n, log.endOffset, size * 2 + 1, true);
  assert.deepEqual(offsetsIn(records), [10n, 20n]);
  assert.deepEqual([bytes, endOffset], [size * 2, 30n]);
});

test('a batch larger than what is asked for comes only when at least one must', () => {
  const log = new PartitionLog();
  append(log, 10);
  assert.deepEqual(offsetsIn(log.read(0n, 10n, 1, true).records), [0n]);
  assert.deepEqual(log.read(0n, 10n, 1, false), { records: [], bytes: 0, endOffset: 0n });
});

test('a read stops in front of the limit', () => {
  const log = new PartitionLog();
  append(log, 5);
  append(log, 5);
  assert.deepEqual(offsetsIn(log.read(0n, 5n, ALL, true).records), [0n]);
});

test('the end of the log can be read and gives nothing; below the start and above the end not', () => {
  const log = new PartitionLog();
  append(log, 5);
  log.deleteBefore(2n);
  assert.equal(log.read(5n, 5n, ALL, true).bytes, 0);
  assert.throws(() => log.read(6n, 5n, ALL, true), outOfRange);
  assert.throws(() => log.read(1n, 5n, ALL, true), outOfRange);
  assert.throws(() => log.read(-1n, 5n, ALL, true), outOfRange);
});

test('records below a deleted offset are gone, but the batch that holds it stays', () => {
  const log = new PartitionLog();
  append(log, 5);
  append(log, 5);
  append(log, 5);
  log.deleteBefore(7n);
  assert.equal(log.startOffset, 7n);
  assert.deepEqual(offsetsIn(log.read(7n, 15n, ALL, true).records), [5n, 10n]);
  log.deleteBefore(3n);
  assert.equal(log.startOffset, 7n);
  assert.throws(() => log.deleteBefore(16n), outOfRange);
  log.deleteBefore(15n);
  assert.equal(log.bytes, 0);
});

test('a log that is cut ends before the batch that reaches the offset, and gives its offsets again', () => {
  const log = new PartitionLog();
  append(log, 5);
  log.append(new Batch(batchOf(5)), 3, null);
  append(log, 5);
  log.truncate(12n);
  assert.equal(log.endOffset, 10n);
  log.truncate(7n);
  assert.deepEqual([log.endOffset, log.bytes], [5n, batchOf(5).length]);
  assert.equal(log.epochs.at(5n), 0);
  assert.equal(append(log, 1), 5n);
  log.truncate(0n);
  assert.deepEqual([log.startOffset, log.endOffset, log.bytes], [0n, 0n, 0]);
});

test('a log that is cut forgets the transaction that was begun in what is gone', () => {
  const log = new PartitionLog();
  append(log, 2);
  append(log, 2, { attributes: 0x10, producerId: 7n, producerEpoch: 0, baseSequence: 0 });
  assert.equal(log.lastStableOffset, 2n);
  log.truncate(2n);
  append(log, 1);
  assert.equal(log.lastStableOffset, 3n);
});

test('a batch that is put leaves a gap in front of it, which a read passes over', () => {
  const log = new PartitionLog();
  append(log, 1);
  log.put(new Batch(batchOf(1, { baseOffset: 1_000_000n })));
  assert.equal(log.endOffset, 1_000_001n);
  assert.deepEqual(offsetsIn(log.read(5n, log.endOffset, ALL, true).records), [1_000_000n]);
  assert.throws(() => log.put(new Batch(batchOf(1, { baseOffset: 5n }))), RangeError);
});

test('the last stable offset stays in front of an open transaction', () => {
  const log = new PartitionLog();
  append(log, 2);
  const facts = { attributes: 0x10, producerId: 1n, producerEpoch: 0, baseSequence: 0 };
  append(log, 2, facts);
  append(log, 2);
  assert.deepEqual([log.lastStableOffset, log.highWatermark], [2n, 6n]);
  log.append(new Batch(markerOf('abort', 1n)), 0, null);
  assert.equal(log.lastStableOffset, 7n);
  const read = log.read(0n, 7n, ALL, true);
  assert.deepEqual(log.abortedWithin(0n, read), [
    { producerId: 1n, firstOffset: 2n, lastOffset: 6n },
  ]);
});

test('a time is found as the first record at or after it, by offset', () => {
  const log = new PartitionLog();
  const records = [{ atMs: 0 }, { atMs: 10 }, { atMs: 20 }];
  for (const baseTimestamp of [1000n, 1100n, 1050n]) {
    log.append(new Batch(batchOf(records, { baseTimestamp })), 0, null);
  }
  const offsetAt = (time: bigint) => log.firstAtOrAfter(time)?.offset ?? null;
  const times = [0n, 1005n, 1010n, 1021n, 1060n, 1115n, 1121n];
  assert.deepEqual(times.map(offsetAt), [0n, 1n, 1n, 3n, 3n, 5n, null]);
  assert.deepEqual(log.latest(), { offset: 5n, timestamp: 1120n });
  log.deleteBefore(2n);
  assert.equal(offsetAt(0n), 2n);
  assert.equal(new PartitionLog().latest(), null);
});

test('a batch that cannot be looked into counts as its first record', () => {
  const log = new PartitionLog();
  append(log, 3, { attributes: 2, baseTimestamp: 1000n, maxTimestamp: 1020n });
  assert.deepEqual(log.firstAtOrAfter(1010n), { offset: 0n, timestamp: 1020n });
});

test('the log stamps records when it is told to', () => {
  const log = new PartitionLog();
  log.append(new Batch(batchOf(2)), 0, 4242n);
  assert.deepEqual(log.firstAtOrAfter(4242n), { offset: 0n, timestamp: 4242n });
});

test('whoever reads on from where each read ended gets every batch once', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 3000 }), (counts, maxBytes) => {
      const log = new PartitionLog();
      const written = counts.map((count) => append(log, count));
      const read: bigint[] = [];
      for (let at = 0n; at < log.endOffset; ) {
        const { records, endOffset } = log.read(at, log.endOffset, maxBytes, true);
        read.push(...offsetsIn(records));
        at = endOffset;
      }
      assert.deepEqual(read, written);
    }),
    { numRuns: 50 },
  );
});

test('what is deleted out of an open transaction leaves the rest of it unread until it ends', () => {
  const log = new PartitionLog();
  const facts = { attributes: 0x10, producerId: 5n, producerEpoch: 0 };
  append(log, 4, { ...facts, baseSequence: 0 });
  append(log, 1, { ...facts, baseSequence: 4 });
  log.deleteBefore(2n);
  assert.equal(log.lastStableOffset, 2n);
  assert.equal(log.read(2n, log.lastStableOffset, ALL, true).bytes, 0);
  log.append(new Batch(markerOf('commit', 5n)), 0, null);
  assert.equal(log.lastStableOffset, 6n);
});

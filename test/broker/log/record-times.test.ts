import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batch } from '../../../src/broker/log/batch.ts';
import { recordTimes } from '../../../src/broker/log/record-times.ts';
import { type BatchFacts, batchOf } from '../../support/broker-batches.ts';

const RECORDS = [{ key: 'k', value: 'v'.repeat(200) }, { atMs: 1000 }, { atMs: -5 }];
const timesOf = (facts: BatchFacts = {}) =>
  recordTimes(new Batch(batchOf(RECORDS, { baseTimestamp: 100n, baseOffset: 10n, ...facts })));

const EXPECTED = [
  { offset: 10n, timestamp: 100n },
  { offset: 11n, timestamp: 1100n },
  { offset: 12n, timestamp: 95n },
];

test('the times of plain records are read, and those of records compressed with gzip', () => {
  assert.deepEqual(timesOf(), EXPECTED);
  assert.deepEqual(timesOf({ attributes: 1 }), EXPECTED);
});

test('records that the log has stamped all have its time', () => {
  const stamped = timesOf({ attributes: 8, maxTimestamp: 777n });
  assert.deepEqual(new Set(stamped?.map(({ timestamp }) => timestamp)), new Set([777n]));
});

test('records in another compression, or that are not what the header promises, have none', () => {
  assert.equal(timesOf({ attributes: 2 }), null);
  assert.equal(timesOf({ recordCount: 4 }), null);
  const junk = batchOf(RECORDS, { attributes: 1 });
  junk.fill(7, 61);
  assert.equal(recordTimes(new Batch(junk)), null);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markerBatch } from '../../../src/broker/log/marker.ts';
import { PartitionLog } from '../../../src/broker/log/partition-log.ts';
import { markerOf } from '../../support/broker-batches.ts';

for (const outcome of ['commit', 'abort'] as const) {
  test(`the marker of ${outcome === 'commit' ? 'a commit' : 'an abort'} is a control batch of one record`, () => {
    const marker = markerBatch(outcome, 77n, 3, 1_700_000_000_000);
    const same = markerOf(outcome, 77n, { producerEpoch: 3 });
    assert.deepEqual(marker.bytes.toString('hex'), same.toString('hex'));
    assert.equal(marker.crc, marker.computeCrc());
    assert.deepEqual(
      [marker.isControl, marker.isTransactional, marker.recordCount],
      [true, true, 1],
    );
    const log = new PartitionLog();
    assert.equal(log.append(marker, 0, null), 0n);
  });
}

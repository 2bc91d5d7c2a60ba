import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Outbox, type Parcel, takeBatch } from '../../src/kafka/outbox.ts';

const MAX_BYTES = 512 * 1024;
const MAX_RECORDS = 5000;

/** An outbox where parcels of these sizes wait; the size is all that counts. */
function outboxOf(sizes: readonly number[], single = 0): Outbox {
  const record = { key: null, value: null, headers: [], timestampMs: null };
  const waiting = sizes.map(
    (bytes): Parcel => ({ record, bytes, resolve: () => {}, reject: () => {} }),
  );
  return { topic: 'out', partition: 0, waiting, isSending: false, notBeforeMs: 0, single };
}

const sizesOf = (parcels: readonly Parcel[]): number[] => parcels.map(({ bytes }) => bytes);

describe('takeBatch', () => {
  it('takes all that waits, in its order, when it fits', () => {
    const outbox = outboxOf([3, 1, 2]);
    assert.deepEqual(sizesOf(takeBatch(outbox)), [3, 1, 2]);
    assert.deepEqual(outbox.waiting, []);
  });

  it('takes nothing where nothing waits', () => {
    assert.deepEqual(takeBatch(outboxOf([])), []);
  });

  it('fills a batch up to its limit, to the byte', () => {
    assert.equal(takeBatch(outboxOf([MAX_BYTES - 5, 5, 1])).length, 2);
    assert.equal(takeBatch(outboxOf([MAX_BYTES - 5, 6])).length, 1);
    assert.equal(takeBatch(outboxOf(new Array(MAX_RECORDS + 1).fill(1))).length, MAX_RECORDS);
  });

  it('takes one by one as many as have to go by themselves', () => {
    const outbox = outboxOf([1, 2, 3, 4], 2);
    const batches = [takeBatch(outbox), takeBatch(outbox), takeBatch(outbox)];
    assert.deepEqual(batches.map(sizesOf), [[1], [2], [3, 4]]);
  });

  it('cuts any queue into batches that hold all of it, in order, none of them empty or too large', () => {
    const size = fc.integer({ min: 1, max: 2 * MAX_BYTES });
    fc.assert(
      fc.property(fc.array(size, { maxLength: 60 }), fc.nat(5), (sizes, single) => {
        const outbox = outboxOf(sizes, Math.min(single, sizes.length));
        const batches: number[][] = [];
        while (outbox.waiting.length > 0) batches.push(sizesOf(takeBatch(outbox)));
        assert.deepEqual(batches.flat(), sizes);
        for (const [i, batch] of batches.entries()) {
          const bytes = batch.reduce((sum, each) => sum + each, 0);
          assert(batch.length === 1 || bytes <= MAX_BYTES, `${bytes} bytes in a batch`);
          assert(batch.length > 0);
          const next = batches[i + 1]?.[0];
          const isFull = next === undefined || bytes + next > MAX_BYTES;
          assert(isFull || i < single, 'a batch that the next record would have fitted');
        }
      }),
    );
  });
});

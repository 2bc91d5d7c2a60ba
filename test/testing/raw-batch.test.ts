import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Batch } from '../../src/broker/log/batch.ts';
import { EmbeddedBroker, type RawRecord, rawBatch } from '../../src/testing/index.ts';
import { batchOf } from '../support/broker-batches.ts';
import { bodyOf } from '../support/record-bodies.ts';

const TIME = { timestampMs: 1_700_000_000_000 };
const USUAL = { leaderEpoch: 0 };

test('a batch has the bytes that Kafka’s format says', () => {
  const text = fc.option(fc.string({ unit: 'binary-ascii', maxLength: 300 }));
  const record = fc.record({ key: text, value: text, atMs: fc.nat(100_000) });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 200 }), (records) => {
      const raw = records.map(({ key, value, atMs }): RawRecord => ({ key, value, afterMs: atMs }));
      assert.deepEqual(rawBatch(raw, TIME), batchOf(records, USUAL));
    }),
    { numRuns: 50 },
  );
});

test('each field of the header is where it belongs', () => {
  const producer = { baseOffset: 7n, leaderEpoch: 3, producerId: 5n, baseSequence: 12 };
  assert.deepEqual(
    rawBatch([{ value: 'a' }], {
      ...TIME,
      ...producer,
      isTransactional: true,
      lastOffsetDelta: 9,
      recordCount: 4,
    }),
    batchOf([{ value: 'a' }], {
      ...producer,
      producerEpoch: 0,
      attributes: 0x10,
      lastOffsetDelta: 9,
      recordCount: 4,
    }),
  );
});

test('headers and offsets of records are as they are told', () => {
  const headers = [
    ['name', 'text'],
    ['', null],
    ['ü', Buffer.from([1])],
  ] as const;
  const batch = new Batch(rawBatch([{ value: 'a', headers, offsetDelta: 5 }, { value: 'b' }]));
  const body = bodyOf({ value: 'a', headers });
  // Length, attributes, time delta, and offset delta as a zigzag number.
  assert.deepEqual([...batch.records.subarray(1, 4)], [0, 0, 2 * 5]);
  assert.deepEqual(batch.records.subarray(4, 4 + body.length), Buffer.from(body));
  assert.equal(batch.lastOffsetDelta, 6);
});

test('gzip packs the records, and nothing else', () => {
  const plain = new Batch(rawBatch([{ value: 'a' }], TIME));
  const packed = new Batch(rawBatch([{ value: 'a' }], { ...TIME, compression: 'gzip' }));
  assert.equal(packed.codec, 1);
  assert.equal(packed.crc, packed.computeCrc());
  assert.deepEqual(gunzipSync(packed.records), plain.records);
});

test('a broker takes what is sound at its door', async () => {
  await using broker = await EmbeddedBroker.start({ topics: { orders: 1 } });
  broker.produce('orders', 0, rawBatch([{ key: 'k', value: 'v' }, {}]));
  assert.equal(broker.offsets('orders', 0).end, 2n);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Batch } from '../../src/broker/log/batch.ts';
import { compressionBomb, headerBomb, rawBatch } from '../../src/testing/index.ts';
import { varint } from '../support/record-bodies.ts';

test('a header bomb has its count in the place of the true one, and is sound otherwise', () => {
  const batch = new Batch(headerBomb({ record: { value: 'v' }, timestampMs: 0 }));
  assert.equal(batch.crc, batch.computeCrc());
  assert.deepEqual(batch.records.subarray(-5), Buffer.from(varint(2 ** 31 - 1)));
  const sound = headerBomb({ record: { value: 'v' }, headerCount: 0, timestampMs: 0 });
  assert.deepEqual(sound, rawBatch([{ value: 'v' }], { timestampMs: 0 }));
});

test('a compression bomb expands to a sound record of zeros', () => {
  for (const expandedBytes of [0, 5, 1024 * 1024, 5_000_000]) {
    const batch = new Batch(compressionBomb({ key: 'k', expandedBytes, timestampMs: 0 }));
    assert.equal(batch.crc, batch.computeCrc());
    const plain = rawBatch([{ key: 'k', value: Buffer.alloc(expandedBytes) }]);
    assert.deepEqual(gunzipSync(batch.records), plain.subarray(61));
  }
});

test('a compression bomb is small itself, also the largest', () => {
  assert.ok(compressionBomb().length < 1.2 * 1024 * 1024);
  assert.throws(() => compressionBomb({ expandedBytes: 2 ** 31 }), /expandedBytes must be/);
});

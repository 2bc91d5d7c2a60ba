import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batch } from '../../src/broker/log/batch.ts';
import { rawBatch, withBadCrc, withLength } from '../../src/testing/index.ts';

test('only the checksum is damaged, and only in a copy', () => {
  const sound = rawBatch([{ value: 'a' }]);
  const bad = withBadCrc(sound);
  assert.notEqual(new Batch(bad).crc, new Batch(bad).computeCrc());
  assert.equal(new Batch(sound).crc, new Batch(sound).computeCrc());
  sound.copy(bad, 17, 17, 21);
  assert.deepEqual(bad, sound);
});

test('only the length is another, and only in a copy', () => {
  const sound = rawBatch([{ value: 'a' }]);
  const bad = withLength(sound);
  assert.equal(bad.readInt32BE(8), -1);
  assert.equal(withLength(sound, 5).readInt32BE(8), 5);
  sound.copy(bad, 8, 8, 12);
  assert.deepEqual(bad, sound);
});

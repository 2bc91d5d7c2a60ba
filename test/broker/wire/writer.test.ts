import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader } from '../../../src/broker/wire/reader.ts';
import { Writer } from '../../../src/broker/wire/writer.ts';

test('a frame begins with the size of what follows', () => {
  const writer = new Writer();
  writer.int32(7);
  assert.deepEqual(Buffer.concat(writer.frame()), Buffer.from([0, 0, 0, 4, 0, 0, 0, 7]));
});

test('bytes that are given as a slice go out without being copied', () => {
  const writer = new Writer();
  const bytes = Buffer.alloc(100_000, 1);
  writer.int8(1);
  writer.slice(bytes);
  writer.int8(2);
  const frame = writer.frame();
  assert.ok(frame.some((part) => part.buffer === bytes.buffer && part.length === bytes.length));
  assert.equal(Buffer.concat(frame).length, 4 + 100_002);
});

test('what is longer than a part goes on in the next, in order', () => {
  const writer = new Writer();
  for (let i = 0; i < 10_000; i++) writer.int32(i);
  writer.text('x'.repeat(5000), false);
  const reader = new Reader(writer.body());
  for (let i = 0; i < 10_000; i++) assert.equal(reader.int32(), i);
  assert.equal(reader.text(reader.stringLength(false)), 'x'.repeat(5000));
  assert.equal(reader.left, 0);
});

test('numbers outside of their type are refused', () => {
  assert.throws(() => new Writer().int8(128), RangeError);
  assert.throws(() => new Writer().int16(40_000), RangeError);
  assert.throws(() => new Writer().int64(2n ** 63n), RangeError);
});

test('an unsigned varint is read back at every width', () => {
  for (const value of [0, 127, 128, 16_383, 16_384, 2 ** 28, 2 ** 32 - 1]) {
    const writer = new Writer();
    writer.uvarint(value);
    assert.equal(new Reader(writer.body()).uvarint(), value);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MalformedFrame } from '../../../src/broker/wire/malformed-frame.ts';
import { Reader } from '../../../src/broker/wire/reader.ts';

const reading = (...bytes: number[]): Reader => new Reader(Buffer.from(bytes));

test('numbers are big-endian and signed as their types say', () => {
  const reader = reading(0xff, 0xff, 0xfe, 0xff, 0xfe, 0x80, 0, 0, 1, 0x80, 0, 0, 1);
  assert.equal(reader.int8(), -1);
  assert.equal(reader.int16(), -2);
  assert.equal(reader.uint16(), 0xfffe);
  assert.equal(reader.int32(), -(2 ** 31) + 1);
  assert.equal(reader.uint32(), 2 ** 31 + 1);
  assert.equal(reader.left, 0);
  assert.equal(reading(0x80, 0, 0, 0, 0, 0, 0, 1).int64(), -(2n ** 63n) + 1n);
  assert.equal(reading(0x3f, 0xf0, 0, 0, 0, 0, 0, 0).float64(), 1);
});

test('an unsigned varint has up to 32 bits', () => {
  assert.equal(reading(0x7f).uvarint(), 127);
  assert.equal(reading(0x80, 0x01).uvarint(), 128);
  assert.equal(reading(0xff, 0xff, 0xff, 0xff, 0x0f).uvarint(), 2 ** 32 - 1);
  assert.throws(() => reading(0xff, 0xff, 0xff, 0xff, 0x1f).uvarint(), MalformedFrame);
  assert.throws(() => reading(0x80, 0x80, 0x80, 0x80, 0x80, 0).uvarint(), MalformedFrame);
  assert.throws(() => reading(0x80).uvarint(), MalformedFrame);
});

test('an id is told as 22 characters of base64url', () => {
  assert.equal(new Reader(Buffer.alloc(16)).uuid(), 'AAAAAAAAAAAAAAAAAAAAAA');
});

test('bytes are a view of the frame and not a copy', () => {
  const bytes = Buffer.from([1, 2, 3]);
  assert.equal(new Reader(bytes).slice(2).buffer, bytes.buffer);
});

test('a length that is below -1 or more than what is left is malformed in each encoding', () => {
  assert.equal(reading(0, 0, 0, 1, 7).length(false), 1);
  assert.equal(reading(0xff, 0xff, 0xff, 0xff).length(false), -1);
  assert.equal(reading(0).length(true), -1);
  assert.throws(() => reading(0, 0, 0, 2, 7).length(false), MalformedFrame);
  assert.throws(() => reading(0xff, 0xff, 0xff, 0xfe).length(false), MalformedFrame);
  assert.throws(() => reading(0x7f, 0xff).stringLength(false), MalformedFrame);
  assert.throws(() => reading(0xff, 0xff, 0xff, 0xff, 0x0f).stringLength(true), MalformedFrame);
});

test('bytes that end before a field does are malformed', () => {
  assert.throws(() => reading(1).int16(), MalformedFrame);
  assert.throws(() => reading(1, 2, 3).int32(), MalformedFrame);
  assert.throws(() => reading(1).text(2), MalformedFrame);
  assert.throws(() => new Reader(Buffer.alloc(15)).uuid(), MalformedFrame);
});

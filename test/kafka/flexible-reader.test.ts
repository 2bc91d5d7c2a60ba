import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FlexibleReader } from '../../src/kafka/flexible-reader.ts';

const reader = (...bytes: number[]): FlexibleReader => new FlexibleReader(Buffer.from(bytes));

describe('FlexibleReader', () => {
  it('reads numbers, ids, texts, bytes and arrays in their order', () => {
    const id = Array.from({ length: 16 }, (_, i) => i);
    const from = reader(
      1,
      0,
      7,
      0,
      0,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      9,
      ...id,
      3,
      97,
      98,
      2,
      255,
      3,
      0,
      5,
      0,
      6,
    );
    assert.equal(from.boolean(), true);
    assert.equal(from.int16(), 7);
    assert.equal(from.int32(), 256);
    assert.equal(from.int64(), 9n);
    assert.equal(from.uuid(), 'AAECAwQFBgcICQoLDA0ODw');
    assert.equal(from.string(), 'ab');
    assert.deepEqual([...from.bytes()], [255]);
    const items: number[] = [];
    from.each(() => items.push(from.int16()));
    assert.deepEqual(items, [5, 6]);
  });

  it('takes a length of 0 for null: no text, no bytes, no items', () => {
    const from = reader(0, 0, 0);
    assert.equal(from.string(), null);
    assert.equal(from.bytes().length, 0);
    from.each(() => assert.fail('there is none'));
  });

  it('hands each tagged field on by itself, and goes on behind all of them', () => {
    const from = reader(2, 0, 2, 0, 3, 5, 1, 9, 0, 8);
    const seen: [number, number][] = [];
    from.tags((tag, value) => seen.push([tag, tag === 0 ? value.int16() : -1]));
    assert.deepEqual(seen, [
      [0, 3],
      [5, -1],
    ]);
    assert.equal(from.int16(), 8);
  });

  it('throws RangeError when bytes are missing, and for a varint without an end', () => {
    assert.throws(() => reader(5, 97).string(), RangeError);
    assert.throws(() => reader(9).bytes(), RangeError);
    assert.throws(() => reader(0, 1).int32(), RangeError);
    assert.throws(() => reader(255, 255, 255, 255, 255, 255).string(), RangeError);
    assert.throws(() => reader(1, 0, 9).tags(), RangeError);
  });
});

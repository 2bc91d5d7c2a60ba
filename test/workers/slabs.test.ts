import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Slabs } from '../../workers/slabs.ts';

/** Bytes that tell their place, and what cuts them. */
function slabsOf(length: number) {
  const chunk = Buffer.alloc(length);
  for (let i = 0; i < length; i++) chunk[i] = (i * 31 + (i >> 8)) & 255;
  return { chunk, slabs: new Slabs(chunk) };
}

test('what is cut is what was there, wherever it begins and however long it is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 70_000 }),
      fc.array(fc.tuple(fc.nat(70_000), fc.oneof(fc.nat(300), fc.nat(20_000))), { maxLength: 30 }),
      (length, cuts) => {
        const { chunk, slabs } = slabsOf(length);
        for (const [at, size] of cuts) {
          const start = at % length;
          const end = Math.min(length, start + size);
          assert.deepEqual(slabs.cut(start, end), chunk.subarray(start, end));
        }
      },
    ),
  );
});

test('the chunk may be forgotten or written over', () => {
  const { chunk, slabs } = slabsOf(100);
  const cut = slabs.cut(10, 20);
  const large = slabsOf(10_000);
  const whole = large.slabs.cut(0, 10_000);
  const before = [Buffer.from(cut), Buffer.from(whole)];
  chunk.fill(0);
  large.chunk.fill(0);
  assert.deepEqual([cut, whole], before);
});

test('a small value keeps 10 KiB alive at most, a large one itself', () => {
  const { slabs } = slabsOf(200_000);
  assert.equal(slabs.cut(50_000, 50_100).buffer.byteLength, 10_240);
  assert.equal(slabs.cut(0, 50_000).buffer.byteLength, 50_000);
});

test('neighbours share one copy', () => {
  const { slabs } = slabsOf(20_000);
  assert.equal(slabs.cut(0, 200).buffer, slabs.cut(8_000, 8_400).buffer);
  assert.notEqual(slabs.cut(0, 200).buffer, slabs.cut(8_200, 8_400).buffer);
});

test('an empty one is an empty Buffer, at the very end too', () => {
  const { slabs } = slabsOf(8192);
  const cut = slabs.cut(8192, 8192);
  assert.ok(Buffer.isBuffer(cut));
  assert.equal(cut.length, 0);
});

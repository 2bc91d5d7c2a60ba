import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { xxh32OfFew } from '../../../../src/kafka/records/codec/xxh32.ts';

describe('xxh32OfFew', () => {
  for (const [text, hash] of [
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['abcd', 0xa3643705],
  ] as const) {
    it(`is the published hash of "${text}"`, () => {
      assert.equal(xxh32OfFew(Buffer.from(text)), hash);
    });
  }
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Cursor } from '../../../src/kafka/records/cursor.ts';
import { varint } from './naive.ts';

describe('Cursor', () => {
  it('reads every 32-bit integer, and stops right behind it', () => {
    const edges = fc.constantFrom(0, 1, -1, 63, -64, 64, 8191, 8192, 2 ** 31 - 1, -(2 ** 31));
    fc.assert(
      fc.property(fc.oneof(edges, fc.integer()), (value) => {
        const bytes = Buffer.concat([varint(BigInt(value)), Buffer.from([1])]);
        const cursor = new Cursor(bytes);
        const raw = cursor.varint(bytes.length);
        assert.equal((raw >>> 1) ^ -(raw & 1), value);
        assert.equal(cursor.at, bytes.length - 1);
      }),
    );
  });

  it('reads every 64-bit integer, exactly within 2^53 and rounded outside', () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const edges = fc.constantFrom(2n ** 53n - 1n, 1n - 2n ** 53n, 2n ** 31n, -(2n ** 31n) - 1n);
    const usual = fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n });
    fc.assert(
      fc.property(fc.oneof(edges, usual, int64), (value) => {
        const bytes = varint(value);
        const cursor = new Cursor(bytes);
        const read = cursor.varlong(bytes.length);
        const error = Math.abs(read - Number(value));
        assert(error <= (BigInt.asIntN(54, value) === value ? 0 : 2048), `${value}: ${read}`);
        assert.equal(cursor.at, bytes.length);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses what is longer than its type, or than its range', () => {
    const endless = Buffer.alloc(20, 0x80);
    assert.equal(new Cursor(endless).varint(20), -1);
    assert(Number.isNaN(new Cursor(endless).varlong(20)));
    for (let end = 0; end < 5; end++) {
      assert.equal(new Cursor(endless).varint(end), -1);
      assert(Number.isNaN(new Cursor(endless).varlong(end)));
    }
  });
});

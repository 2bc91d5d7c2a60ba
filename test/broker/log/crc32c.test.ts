import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32c } from '../../../src/broker/log/crc32c.ts';

/** The sum bit by bit, as RFC 3720 defines it. */
function slowly(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

test('the check value of CRC-32C comes out, and that of no bytes', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  assert.equal(crc32c(Buffer.alloc(0)), 0);
});

test('the sum is right for any bytes at any place in memory', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(7), (bytes, offset) => {
      const memory = new Uint8Array(offset + bytes.length);
      memory.set(bytes, offset);
      assert.equal(crc32c(memory.subarray(offset)), slowly(bytes));
    }),
  );
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  sizedBytes,
  varintBytes,
  varlongBytes,
  Writer,
} from '../../../src/kafka/records/writer.ts';
import { varint } from './naive.ts';

function written(size: number, write: (writer: Writer) => void): Buffer {
  const writer = new Writer(size);
  write(writer);
  assert.equal(writer.at, size, 'the size that was told beforehand');
  return writer.bytes;
}

describe('Writer', () => {
  it('writes every 32-bit integer in the size it tells', () => {
    const edges = fc.constantFrom(0, -1, 63, -64, 64, -65, 8191, 8192, 2 ** 31 - 1, -(2 ** 31));
    fc.assert(
      fc.property(fc.oneof(edges, fc.integer()), (value) => {
        const bytes = written(varintBytes(value), (writer) => writer.varint(value));
        assert.deepEqual(bytes, varint(BigInt(value)));
      }),
    );
  });

  it('writes every 64-bit integer in the size it tells', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const bytes = written(varlongBytes(value), (writer) => writer.varlong(value));
        assert.deepEqual(bytes, varint(value));
      }),
    );
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const bytes = written(varlongBytes(value), (writer) => writer.varlong(value));
        assert.deepEqual(bytes, varint(BigInt(value)));
      }),
    );
  });

  it('writes text as UTF-8, bytes as they are and null as length -1', () => {
    for (const value of ['', 'ä€', '\ud800', Buffer.alloc(0), Buffer.from([0xff]), null]) {
      const bytes = written(sizedBytes(value), (writer) => writer.sized(value));
      const content = value === null ? null : Buffer.from(value as string);
      const length = varint(content === null ? -1n : BigInt(content.length));
      assert.deepEqual(bytes, Buffer.concat([length, content ?? Buffer.alloc(0)]));
    }
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../../src/contract/errors.ts';
import { WireReader } from '../../../src/kafka/assigner/wire-reader.ts';
import { WireWriter } from '../../../src/kafka/assigner/wire-writer.ts';

const reader = (hex: string): WireReader => new WireReader(Buffer.from(hex, 'hex'), 'test bytes');

test('what the writer wrote the reader reads', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -0x8000, max: 0x7fff }),
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array(),
      fc.array(fc.integer()),
      (short, text, bytes, numbers) => {
        const writer = new WireWriter().int16(short).string(text).bytes(bytes);
        writer.array(numbers, (n) => writer.int32(n));
        const read = new WireReader(writer.done(), 'test bytes');
        assert.equal(read.int16(), short);
        assert.equal(read.string(), text);
        assert.deepEqual([...(read.bytes() ?? [])], [...bytes]);
        assert.deepEqual(
          read.array(() => read.int32()),
          numbers,
        );
        assert.equal(read.left, 0);
      },
    ),
  );
});

test('a view into larger memory is read from its own start to its own end', () => {
  const memory = Buffer.from('ffff00016bffff', 'hex');
  const read = new WireReader(memory.subarray(2, 5), 'test bytes');
  assert.equal(read.string(), 'k');
  assert.equal(read.left, 0);
});

const refused: [string, string, (read: WireReader) => unknown][] = [
  ['an int16 that is cut off', '00', (read) => read.int16()],
  ['an int32 that is cut off', '000000', (read) => read.int32()],
  ['a string that is longer than the rest', '000561', (read) => read.string()],
  ['a null string where none may be', 'ffff', (read) => read.string()],
  ['a string of length -2', 'fffe', (read) => read.nullableString()],
  ['a nullable string without a length', '', (read) => read.nullableString()],
  ['a string of bad UTF-8', '0002c328', (read) => read.string()],
  ['a string of a lone surrogate', '0003eda080', (read) => read.string()],
  ['bytes that are longer than the rest', '0000000561', (read) => read.bytes()],
  ['bytes of length -2', 'fffffffe', (read) => read.bytes()],
  ['a null array', 'ffffffff', (read) => read.array(() => read.int32())],
  ['an array that its bytes can not hold', '7fffffff00', (read) => read.array(() => read.int16())],
];
for (const [what, hex, readIt] of refused) {
  test(`${what} is refused with MR330`, () => {
    assert.throws(
      () => readIt(reader(hex)),
      (error) => error instanceof MillraceError && error.code === 'MR330',
    );
  });
}

test('U+FFFD itself is a legal character', () => {
  assert.equal(reader('0003efbfbd').string(), '\uFFFD');
});

test('null is told apart from empty', () => {
  assert.equal(reader('ffff').nullableString(), null);
  assert.equal(reader('0000').nullableString(), '');
  assert.equal(reader('ffffffff').bytes(), null);
  assert.equal(reader('00000000').bytes()?.byteLength, 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../../src/contract/errors.ts';
import { WireWriter } from '../../../src/kafka/assigner/wire-writer.ts';

test('numbers are big-endian, strings and bytes carry their length in bytes', () => {
  const written = new WireWriter().int16(-2).int32(1).string('zł').bytes(Uint8Array.of(9)).done();
  assert.equal(written.toString('hex'), 'fffe000000010003 7ac582 0000000109'.replaceAll(' ', ''));
});

test('what was written does not change with the memory that it came from', () => {
  const memory = Uint8Array.of(1, 2);
  const written = new WireWriter().bytes(memory).done();
  memory.fill(0);
  assert.equal(written.toString('hex'), '000000020102');
});

test('a string of 32,767 bytes is written, one more is refused with MR331', () => {
  assert.equal(new WireWriter().string('a'.repeat(32_767)).done().byteLength, 32_769);
  assert.throws(
    () => new WireWriter().string('a'.repeat(32_768)),
    (error) => error instanceof MillraceError && error.code === 'MR331',
  );
});

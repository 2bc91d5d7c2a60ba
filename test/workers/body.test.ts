import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BodyReader, readHeaders } from '../../workers/body.ts';
import { DecodeError } from '../../workers/decode.ts';
import { Slabs } from '../../workers/slabs.ts';
import { bodyOf, varint } from '../support/record-bodies.ts';

test('a length of any 32-bit number is read as it was written', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(20), (length, before) => {
      const bytes = Buffer.concat([new Uint8Array(before).fill(0xff), varint(length)]);
      const reader = new BodyReader(bytes, before);
      assert.equal(reader.length(), length);
      assert.equal(reader.at, bytes.length);
    }),
  );
});

test('a null field has no bytes to be skipped, an empty one neither', () => {
  const reader = new BodyReader(new Uint8Array(4), 2);
  assert.equal(reader.skip(-1), 2);
  assert.equal(reader.skip(0), 2);
  assert.equal(reader.skip(2), 4);
});

const headersOf = (pairs: readonly (readonly [string, Uint8Array | null])[], before = 0) => {
  const body = bodyOf({ headers: pairs });
  // Behind the two null lengths of key and value stands the count of the headers.
  const bytes = Buffer.concat([new Uint8Array(before).fill(7), body, Buffer.from('neighbour')]);
  return readHeaders(bytes, new Slabs(bytes), before + 2, before + body.length);
};

const plain = (headers: readonly (readonly [string, Uint8Array | null])[]) =>
  headers.map(([name, value]) => [name, value === null ? null : Buffer.from(value)]);

test('headers keep their order, repeated names and null values', () => {
  const pair = fc.tuple(
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('a', 'b')),
    fc.option(fc.uint8Array({ maxLength: 200 })),
  );
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 100 }), fc.nat(9), (pairs, before) => {
      assert.deepEqual(plain(headersOf(pairs, before)), plain(pairs));
    }),
  );
});

test('a header may have the name of anything that an object has', () => {
  const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty', '', '\u0000', '💥'];
  const pairs = names.map((name) => [name, Buffer.from(name)] as const);
  assert.deepEqual(plain(headersOf(pairs)), plain(pairs));
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('a header value is memory of its own', () => {
  const body = Buffer.from(bodyOf({ headers: [['trace', 'abc']] }));
  const [trace] = readHeaders(body, new Slabs(body), 2, body.length);
  body.fill(0);
  assert.equal(String(trace?.[1]), 'abc');
});

test('headers that are more, or longer, than their record has room for are refused, and nothing behind it is read', () => {
  const neighbour = Buffer.alloc(64, 'neighbour');
  const sound = Buffer.from(bodyOf({ headers: [['a', 'bc']] }));
  const counted = Buffer.concat([sound.subarray(0, 2), varint(2 ** 31 - 1), sound.subarray(3)]);
  const named = Buffer.from(sound);
  named[3] = 40;
  const valued = Buffer.from(sound);
  valued[5] = 40;
  const uncounted = sound.subarray(0, 2);
  for (const body of [counted, named, valued, uncounted]) {
    const bytes = Buffer.concat([body, neighbour]);
    assert.throws(() => readHeaders(bytes, new Slabs(bytes), 2, body.length), {
      name: 'DecodeError',
      message: /run past the end of the record/,
    });
    assert.throws(() => readHeaders(body, new Slabs(body), 2, body.length), DecodeError);
  }
});

test('headers that end before their record does are refused: the handler would miss some', () => {
  const sound = Buffer.from(bodyOf({ headers: [['a', 'bc']] }));
  for (const count of [0, -1]) {
    const body = Buffer.concat([sound.subarray(0, 2), varint(count), sound.subarray(3)]);
    assert.throws(() => readHeaders(body, new Slabs(body), 2, body.length), {
      name: 'DecodeError',
      message: `The headers, ${count} by their count, end before the record does.`,
    });
  }
});

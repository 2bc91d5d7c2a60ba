import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeBody, headerBytes } from '../../workers/encode-body.ts';
import { bodyOf } from '../support/record-bodies.ts';

test('a body is laid out as Kafka does it', () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 400 }));
  const header = fc.tuple(fc.uint8Array({ maxLength: 150 }), bytes);
  fc.assert(
    fc.property(bytes, bytes, fc.array(header, { maxLength: 80 }), (key, value, headers) => {
      const body = encodeBody({ key, value, headers });
      assert.deepEqual(body, Uint8Array.from(bodyOf({ key, value, headers })));
    }),
  );
});

test('lengths at the edges of each varint size are written right', () => {
  for (const length of [0, 1, 63, 64, 8191, 8192, 1_048_575, 1_048_576]) {
    const value = new Uint8Array(length);
    assert.deepEqual(
      encodeBody({ key: null, value, headers: [] }),
      Uint8Array.from(bodyOf({ value })),
    );
  }
});

test('headers may be pairs, which keep order and repeated names, or an object', () => {
  const pairs = [
    ['b', '1'],
    ['a', null],
    ['b', Buffer.from('2')],
  ] as const;
  const text = (headers: ReturnType<typeof headerBytes>) =>
    headers.map(([name, value]) => [String(name), value && String(value)]);
  assert.deepEqual(text(headerBytes(pairs)), [
    ['b', '1'],
    ['a', null],
    ['b', '2'],
  ]);
  assert.deepEqual(text(headerBytes({ b: '1', a: null })), [
    ['b', '1'],
    ['a', null],
  ]);
  assert.deepEqual(headerBytes(undefined), []);
});

test('a header value that is neither text nor bytes nor null is refused by name', () => {
  for (const value of [1, true, {}, undefined, () => {}]) {
    const headers = { 'retry-count': value } as unknown as Record<string, string>;
    assert.throws(
      () => headerBytes(headers),
      /Header "retry-count" is .*a string, a Buffer or null/,
    );
  }
});

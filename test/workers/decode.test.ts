import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError, decode } from '../../workers/decode.ts';

/** Decodes a value that stands between bytes of others. */
function decoded(how: 'string' | 'json', content: string | Uint8Array): unknown {
  const value = Buffer.from(content);
  const bytes = Buffer.concat([Buffer.from('{"'), value, Buffer.from('"}')]);
  return decode(how, bytes, 2, 2 + value.length, 'value');
}

test('text is what was written, whatever characters it has', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(decoded('string', text), text);
    }),
  );
});

test('bytes are refused as text exactly when they are not UTF-8', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      if (isUtf8(bytes)) assert.equal(decoded('string', bytes), Buffer.from(bytes).toString());
      else assert.throws(() => decoded('string', bytes), DecodeError);
    }),
    { numRuns: 2000 },
  );
});

test('a text that holds U+FFFD itself is text', () => {
  assert.equal(decoded('string', 'a\uFFFDb'), 'a\uFFFDb');
  assert.deepEqual(decoded('json', '["\uFFFD"]'), ['\uFFFD']);
});

test('bytes that are not UTF-8 are an error that names the key or the value, under string and json', () => {
  for (const how of ['string', 'json'] as const) {
    const broken = Buffer.from([0x22, 0xc3, 0x28, 0x22]);
    assert.throws(() => decode(how, broken, 0, 4, 'key'), {
      name: 'DecodeError',
      code: 'MR210',
      message: `The key is not valid UTF-8 (deserialize.key: ${how}).`,
    });
  }
});

test('an empty value is empty text, but no JSON', () => {
  assert.equal(decoded('string', ''), '');
  assert.throws(() => decoded('json', ''), /The value is empty, which is not JSON/);
});

test('JSON is any JSON, not only objects', () => {
  for (const value of [null, 0, -1.5e300, '', 'x', [], { a: [{ b: null }] }, true]) {
    assert.deepEqual(decoded('json', JSON.stringify(value)), value);
  }
});

test('what is not JSON says why, and which setting asked for it', () => {
  assert.throws(
    () => decoded('json', '{"id": 1,}'),
    (error: unknown) => {
      assert.ok(error instanceof DecodeError);
      assert.match(error.message, /^The value is not JSON \(deserialize\.value: json\): /);
      return true;
    },
  );
});

test('a JSON key __proto__ is data and changes no prototype', () => {
  const value = decoded('json', '{"__proto__":{"isAdmin":true}}') as Record<string, unknown>;
  assert.equal(value['isAdmin'], undefined);
  assert.deepEqual(Object.keys(value), ['__proto__']);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

test('JSON that is nested 100,000 deep is read or refused, never the end of the thread', () => {
  const text = '['.repeat(100_000) + ']'.repeat(100_000);
  let depth = 0;
  for (let at: unknown = decoded('json', text); Array.isArray(at); at = at[0]) depth++;
  assert.equal(depth, 100_000);
  assert.throws(() => decoded('json', text.slice(1)), DecodeError);
});

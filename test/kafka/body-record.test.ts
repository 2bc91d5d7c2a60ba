import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { recordFromBody } from '../../src/kafka/body-record.ts';
import { bodyOf } from '../support/record-bodies.ts';

const bytes = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 20 }),
  // Lengths of two and three bytes.
  fc.constantFrom(63, 64, 8191, 8192).map((size) => new Uint8Array(size).fill(7)),
);
const headers = fc.array(fc.tuple(fc.uint8Array({ maxLength: 8 }), bytes), { maxLength: 70 });

describe('recordFromBody', () => {
  it('reads back any key, value and headers, in their order', () => {
    fc.assert(
      fc.property(bytes, bytes, headers, (key, value, pairs) => {
        const record = recordFromBody(bodyOf({ key, value, headers: pairs }), 5);
        assert.deepEqual(
          {
            key: plain(record.key),
            value: plain(record.value),
            headers: record.headers.map(([name, content]) => [plain(name), plain(content)]),
            timestampMs: record.timestampMs,
          },
          { key, value, headers: pairs, timestampMs: 5 },
        );
      }),
    );
  });

  it('keeps null and empty apart', () => {
    const empty = new Uint8Array(0);
    const record = recordFromBody(
      bodyOf({
        key: empty,
        value: null,
        headers: [
          ['a', null],
          ['a', empty],
        ],
      }),
      0,
    );
    assert.deepEqual(plain(record.key), empty);
    assert.equal(record.value, null);
    assert.deepEqual(
      record.headers.map(([, content]) => plain(content)),
      [null, empty],
    );
  });

  it('reads lengths of up to four bytes', () => {
    const value = new Uint8Array(2 ** 20 + 1).fill(9);
    const record = recordFromBody(bodyOf({ key: 'k', value, headers: [['h', 'v']] }), 0);
    assert.equal(record.value?.byteLength, value.byteLength);
    assert.equal(record.headers.length, 1);
  });

  it('gives views of the body, without a copy', () => {
    const body = Uint8Array.from(bodyOf({ key: 'key', value: 'value' }));
    const record = recordFromBody(body, 0);
    assert.equal(record.key?.buffer, body.buffer);
    assert.equal(record.value?.buffer, body.buffer);
  });

  it('passes the timestamp on as it is', () => {
    assert.equal(recordFromBody(bodyOf({}), -1).timestampMs, -1);
  });
});

/** The same bytes as a plain Uint8Array. */
function plain(content: Uint8Array | string | null): Uint8Array | null {
  return content === null ? null : Uint8Array.from(content as Uint8Array);
}

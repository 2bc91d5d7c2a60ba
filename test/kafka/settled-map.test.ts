import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { OffsetRange } from '../../src/contract/offset-range.ts';
import { decodeSettled, encodeSettled } from '../../src/kafka/settled-map.ts';

/** A committed offset, and ranges above it in order. */
const maps = fc
  .tuple(
    fc.bigInt({ min: 0n, max: 2n ** 60n }),
    fc.array(
      fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 40n }), fc.bigInt({ min: 1n, max: 2n ** 40n })),
      {
        maxLength: 60,
      },
    ),
  )
  .map(([committed, steps]) => {
    let at = committed;
    const ranges = steps.map(([skip, size]): OffsetRange => {
      const range = [at + skip, at + skip + size] as const;
      at = range[1];
      return range;
    });
    return { committed, ranges };
  });

describe('the commit map', () => {
  it('comes back as it was, or its lowest part when it is too long', () => {
    fc.assert(
      fc.property(maps, fc.integer({ min: 0, max: 400 }), ({ committed, ranges }, maxChars) => {
        const text = encodeSettled(ranges, committed, maxChars);
        assert(text.length <= maxChars);
        const read = decodeSettled(text, committed);
        assert.deepEqual(read, ranges.slice(0, read.length));
        if (maxChars === 400 && ranges.length < 10) assert.equal(read.length, ranges.length);
      }),
    );
  });

  it('says nothing when it is damaged, and never a record below the committed offset or twice', () => {
    fc.assert(
      fc.property(
        fc.string(),
        maps,
        fc.nat(),
        fc.nat(255),
        (junk, { committed, ranges }, place, byte) => {
          const bytes = Buffer.from(encodeSettled(ranges, committed, 3000), 'base64url');
          if (bytes.length > 0) bytes[place % bytes.length] = byte;
          for (const text of [junk, bytes.toString('base64url')]) {
            let at = committed;
            for (const [from, to] of decodeSettled(text, committed)) {
              assert(from >= at && to > from);
              at = to;
            }
          }
        },
      ),
    );
    for (const text of ['%', 'gA', 'AQ', 'AAA', '_____________w']) {
      assert.deepEqual(decodeSettled(text, 0n), [], text);
    }
  });

  it('is a few characters for a long run, and two bytes for each gap that is near', () => {
    assert(encodeSettled([[1n, 1_000_000n]], 0n, 100).length <= 6);
    const every = Array.from(
      { length: 100 },
      (_, i): OffsetRange => [BigInt(2 * i + 1), BigInt(2 * i + 2)],
    );
    assert.equal(Buffer.from(encodeSettled(every, 0n, 1000), 'base64url').length, 200);
  });
});

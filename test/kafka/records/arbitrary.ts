/**
 * Random records and logs for the property tests, with what has broken other clients
 * over-represented.
 */
import fc from 'fast-check';
import type { Header, NaiveRecord } from './naive.ts';

const bytes: fc.Arbitrary<Buffer | null> = fc.oneof(
  fc.constant(null),
  fc.constant(Buffer.alloc(0)),
  fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value)),
  fc.integer({ min: 60, max: 20_000 }).map((size) => Buffer.alloc(size, 'x')),
);

const headerName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', 'constructor', '__proto__', 'toString', 'hasOwnProperty', 'id'),
  fc.string({ maxLength: 12, unit: 'grapheme' }),
);

export const headers: fc.Arbitrary<Header[]> = fc.array(fc.tuple(headerName, bytes), {
  maxLength: 4,
});

/** Within what a double holds exactly; the 64-bit ends have tests of their own. */
const timestamp: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(-1n, 0n, 1n, 2n ** 50n, -(2n ** 50n)),
  fc.bigInt({ min: 1_600_000_000_000n, max: 1_800_000_000_000n }),
  fc.bigInt({ min: -10_000n, max: 10_000n }),
);

const baseOffset: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: 1000n }),
  fc.constantFrom(2n ** 31n - 2n, 2n ** 32n - 2n, 2n ** 53n - 2n, 2n ** 62n),
);

/** Records with rising offsets, with gaps, from `from` on. */
export function recordsFrom(from: bigint, maxLength = 8): fc.Arbitrary<NaiveRecord[]> {
  const gap = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 3 }), fc.constant(1_000_000));
  const one = fc.record({ gap, timestamp, key: bytes, value: bytes, headers });
  return fc.array(one, { minLength: 1, maxLength }).map((list) => {
    let next = from;
    return list.map(({ gap: step, ...rest }) => {
      const offset = next;
      next += BigInt(step);
      return { offset, ...rest };
    });
  });
}

/**
 * A log of some batches of records, each starting where or a little after the one before it ended.
 */
export const log: fc.Arbitrary<{ records: NaiveRecord[]; last: bigint }[]> = fc
  .tuple(
    baseOffset,
    fc.array(
      fc.record({
        skip: fc.nat({ max: 3 }),
        tail: fc.oneof(fc.constant(0), fc.nat({ max: 5 })),
        records: recordsFrom(0n),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  )
  .map(([start, batches]) => {
    let next = start;
    return batches.map(({ skip, tail, records }) => {
      const base = next + BigInt(skip);
      const moved = records.map((each) => ({ ...each, offset: each.offset + base }));
      const last = (moved.at(-1)?.offset ?? base) + BigInt(tail);
      next = last + 1n;
      return { records: moved, last };
    });
  });

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Start, startOffset } from '../../src/kafka/start-offset.ts';

type Policy = Parameters<typeof startOffset>[2];

const range = { start: 100n, end: 200n };
const policy: Policy = { autoOffsetReset: 'none', onOffsetLost: 'stop' };
const start = (offset: bigint, isLost = false): Start => ({ type: 'start', offset, isLost });

const resets = ['earliest', 'latest', 'none'] as const;
const losses = ['earliest', 'latest', 'stop'] as const;

/** What the group has committed, the policy that applies, and what is to happen. */
const TABLE: readonly [string, bigint | null, Partial<Policy>, Start][] = [
  ['nothing committed, earliest', null, { autoOffsetReset: 'earliest' }, start(100n)],
  ['nothing committed, latest', null, { autoOffsetReset: 'latest' }, start(200n)],
  ['nothing committed, none', null, { autoOffsetReset: 'none' }, { type: 'uncommitted' }],
  ['committed inside the log', 150n, {}, start(150n)],
  ['committed at the start of the log', 100n, {}, start(100n)],
  ['committed at the end of the log', 200n, {}, start(200n)],
  ['committed below the log, stop', 99n, { onOffsetLost: 'stop' }, { type: 'lost' }],
  ['committed below the log, earliest', 99n, { onOffsetLost: 'earliest' }, start(100n, true)],
  ['committed below the log, latest', 99n, { onOffsetLost: 'latest' }, start(200n, true)],
  ['committed above the log, stop', 201n, { onOffsetLost: 'stop' }, { type: 'lost' }],
  ['committed above the log, earliest', 201n, { onOffsetLost: 'earliest' }, start(100n, true)],
  ['committed above the log, latest', 201n, { onOffsetLost: 'latest' }, start(200n, true)],
  ['committed 0 of a log that starts later, stop', 0n, { onOffsetLost: 'stop' }, { type: 'lost' }],
];

describe('startOffset', () => {
  for (const [name, committed, overrides, expected] of TABLE) {
    it(`${name}: ${expected.type === 'start' ? `starts at ${expected.offset}` : `stops as ${expected.type}`}`, () => {
      assert.deepEqual(startOffset(committed, range, { ...policy, ...overrides }), expected);
    });
  }

  it('lets autoOffsetReset decide only where nothing is committed, onOffsetLost only where it is', () => {
    for (const autoOffsetReset of resets) {
      for (const onOffsetLost of losses) {
        const both = { autoOffsetReset, onOffsetLost };
        for (const other of losses) {
          const changed = { ...both, onOffsetLost: other };
          assert.deepEqual(startOffset(null, range, both), startOffset(null, range, changed));
        }
        for (const other of resets) {
          const changed = { ...both, autoOffsetReset: other };
          for (const committed of [0n, 100n, 150n, 200n, 201n]) {
            assert.deepEqual(
              startOffset(committed, range, both),
              startOffset(committed, range, changed),
            );
          }
        }
      }
    }
  });

  it('starts an empty log where it is, whatever its offset', () => {
    const empty = { start: 42n, end: 42n };
    assert.deepEqual(startOffset(42n, empty, policy), start(42n));
    assert.deepEqual(
      startOffset(null, empty, { ...policy, autoOffsetReset: 'latest' }),
      start(42n),
    );
  });

  it('never starts outside the log, and never calls an offset lost that is in it', () => {
    const offset = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(
        fc.option(offset),
        offset,
        offset,
        fc.constantFrom(...resets),
        fc.constantFrom(...losses),
        (committed, a, b, autoOffsetReset, onOffsetLost) => {
          const log = a < b ? { start: a, end: b } : { start: b, end: a };
          const found = startOffset(committed, log, { autoOffsetReset, onOffsetLost });
          const isIn = committed !== null && committed >= log.start && committed <= log.end;
          if (isIn) assert.deepEqual(found, start(committed));
          else if (found.type === 'start') {
            assert(found.offset === log.start || found.offset === log.end);
            assert.equal(found.isLost, committed !== null);
          } else assert.equal(found.type, committed === null ? 'uncommitted' : 'lost');
        },
      ),
    );
  });
});

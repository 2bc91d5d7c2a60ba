import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Loss,
  type LossCause,
  type Start,
  startOffset,
} from '../../src/kafka/start-offset.ts';

type Policy = Parameters<typeof startOffset>[2];

const range = { start: 100n, end: 200n };
const policy: Policy = { autoOffsetReset: 'none', onOffsetLost: 'stop' };
const lost = (cause: LossCause, from = 100n): Loss => ({ cause, from });
const start = (offset: bigint, loss: Loss | null = null): Start => ({
  type: 'start',
  offset,
  loss,
});

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
  [
    'committed below the log, stop',
    99n,
    { onOffsetLost: 'stop' },
    { type: 'lost', loss: lost('deleted') },
  ],
  [
    'committed below the log, earliest',
    99n,
    { onOffsetLost: 'earliest' },
    start(100n, lost('deleted')),
  ],
  [
    'committed below the log, latest',
    99n,
    { onOffsetLost: 'latest' },
    start(200n, lost('deleted')),
  ],
  [
    'committed above the log, stop',
    201n,
    { onOffsetLost: 'stop' },
    { type: 'lost', loss: lost('beyond') },
  ],
  [
    'committed above the log, earliest',
    201n,
    { onOffsetLost: 'earliest' },
    start(100n, lost('beyond')),
  ],
  [
    'committed above the log, latest',
    201n,
    { onOffsetLost: 'latest' },
    start(200n, lost('beyond')),
  ],
  [
    'committed 0 of a log that starts later, stop',
    0n,
    { onOffsetLost: 'stop' },
    { type: 'lost', loss: lost('deleted') },
  ],
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

  it('takes an offset that is known to be of another log for lost, though it is in the range', () => {
    const known = lost('truncated', 130n);
    const at = (onOffsetLost: Policy['onOffsetLost']) =>
      startOffset(150n, range, { ...policy, onOffsetLost }, known);
    assert.deepEqual(at('stop'), { type: 'lost', loss: known });
    // What was cut is read from where it was cut: nothing of the log is left out, and nothing of it read twice.
    assert.deepEqual(at('earliest'), start(130n, known));
    assert.deepEqual(at('latest'), start(200n, known));
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
            assert.equal(found.loss !== null, committed !== null);
          } else assert.equal(found.type, committed === null ? 'uncommitted' : 'lost');
        },
      ),
    );
  });
});

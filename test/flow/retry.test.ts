import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { RetryConfig } from '../../src/contract/config.ts';
import type { Failure } from '../../src/contract/verdict.ts';
import { decide } from '../../src/flow/retry.ts';
import { failureOf, RETRY } from '../support/pipeline.ts';

const backoff = (changes: Partial<RetryConfig['backoff']>): RetryConfig => ({
  ...RETRY,
  maxAttempts: 0,
  backoff: { ...RETRY.backoff, ...changes },
});

/** Delay after an attempt, or null when there is no other. */
function delayOf(
  retry: RetryConfig,
  attempt: number,
  failure: Failure = failureOf(),
  { strikes = 0, random = 0.5 } = {},
): number | null {
  const decision = decide(retry, failure, attempt, strikes, () => random);
  return decision.type === 'retry' ? decision.delayMs : null;
}

describe('delay', () => {
  test('exponential: it grows by the factor from attempt to attempt, up to the maximum', () => {
    const retry = backoff({ initialMs: 100, factor: 3, maxMs: 1_000 });
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((n) => delayOf(retry, n)),
      [100, 300, 900, 1_000, 1_000],
    );
  });

  test('fixed: it stays the same', () => {
    const retry = backoff({ type: 'fixed', initialMs: 100, factor: 3 });
    assert.deepEqual(
      [1, 2, 9].map((n) => delayOf(retry, n)),
      [100, 100, 100],
    );
  });

  test('a thousandth attempt still waits no longer than the maximum', () => {
    assert.equal(delayOf(backoff({ maxMs: 30_000 }), 1_000), 30_000);
  });

  test('a delay that the handler asks for is taken as it is, past the maximum too', () => {
    assert.equal(
      delayOf(backoff({ maxMs: 50, jitter: 1 }), 1, failureOf({ afterMs: 7_000 })),
      7_000,
    );
    assert.equal(delayOf(backoff({}), 1, failureOf({ afterMs: 0 })), 0);
  });

  test('jitter spreads it around itself by its share, never past the maximum nor below 0', () => {
    const arbitrary = fc.record({
      initialMs: fc.nat({ max: 1_000 }),
      factor: fc.integer({ min: 1, max: 5 }),
      maxMs: fc.integer({ min: 1_000, max: 10_000 }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
      attempt: fc.integer({ min: 1, max: 20 }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(arbitrary, ({ attempt, random, ...changes }) => {
        const { initialMs, factor, maxMs, jitter } = changes;
        const middle = Math.min(maxMs, initialMs * factor ** (attempt - 1));
        const delayMs = delayOf(backoff(changes), attempt, failureOf(), { random }) as number;
        assert(delayMs >= middle * (1 - jitter) - 1e-6);
        assert(delayMs <= Math.min(maxMs, middle * (1 + jitter)) + 1e-6);
      }),
    );
  });
});

describe('no further attempt', () => {
  test('after the last of `maxAttempts`, which counts the first try', () => {
    const retry = { ...RETRY, maxAttempts: 3 };
    assert.deepEqual(
      [1, 2, 3, 4].map((n) => delayOf(retry, n) === null),
      [false, false, true, true],
    );
    assert.equal(delayOf({ ...RETRY, maxAttempts: 1 }, 1), null);
  });

  test('never, with `maxAttempts: 0`', () => assert.notEqual(delayOf(backoff({}), 1e6), null));

  test('for a failure that says so', () => {
    assert.equal(delayOf(backoff({}), 1, failureOf({ mayRetry: false, afterMs: 5 })), null);
  });

  test('for an error whose name or code is in `notOn`', () => {
    const retry = { ...backoff({}), notOn: ['BadInput', 'E42'] };
    assert.equal(delayOf(retry, 1, failureOf({ name: 'BadInput' })), null);
    const error = { name: 'Error', message: 'BadInput', code: 'E42', stack: null };
    assert.equal(delayOf(retry, 1, failureOf({ error })), null);
    assert.notEqual(delayOf(retry, 1, failureOf({ error: { ...error, code: 'E4' } })), null);
  });

  test('when the record has killed its thread twice while alone, whatever `maxAttempts` says', () => {
    assert.notEqual(delayOf(backoff({}), 1, failureOf(), { strikes: 1 }), null);
    assert.equal(delayOf(backoff({}), 2, failureOf(), { strikes: 2 }), null);
  });
});

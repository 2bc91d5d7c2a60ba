import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Clock } from '../../src/contract/clock.ts';
import { Lease } from '../../src/kafka/lease.ts';
import { FakeClock } from '../support/clock.ts';

const SESSION_MS = 10_000;

function leaseOn(clock: Clock): { lease: Lease; ends: number[] } {
  const ends: number[] = [];
  return { lease: new Lease(clock, SESSION_MS, () => ends.push(clock.now())), ends };
}

describe('Lease', () => {
  it('is over when the coordinator was not heard for 80 % of the session timeout', () => {
    const clock = new FakeClock();
    const { lease, ends } = leaseOn(clock);
    lease.renew();
    clock.advance(7_999);
    assert.equal(lease.isOver, false);
    assert.deepEqual(ends, []);
    clock.advance(1);
    assert.deepEqual(ends, [8_000]);
  });

  it('counts from the last answer', () => {
    const clock = new FakeClock();
    const { lease, ends } = leaseOn(clock);
    for (let i = 0; i < 20; i++) {
      lease.renew();
      clock.advance(7_000);
    }
    assert.deepEqual(ends, []);
    clock.advance(1_000);
    assert.deepEqual(ends, [19 * 7_000 + 8_000]);
  });

  it('does not begin before the first answer', () => {
    const clock = new FakeClock();
    const { lease, ends } = leaseOn(clock);
    clock.advance(100_000);
    assert.equal(lease.isOver, false);
    assert.deepEqual(ends, []);
  });

  it('says once that it is over, and begins anew with the next answer', () => {
    const clock = new FakeClock();
    const { lease, ends } = leaseOn(clock);
    lease.renew();
    clock.advance(50_000);
    assert.deepEqual(ends, [8_000]);
    lease.renew();
    assert.equal(lease.isOver, false);
    clock.advance(8_000);
    assert.deepEqual(ends, [8_000, 58_000]);
  });

  it('never says that it is over once it was ended', () => {
    const clock = new FakeClock();
    const { lease, ends } = leaseOn(clock);
    lease.renew();
    clock.advance(5_000);
    lease.end();
    clock.advance(100_000);
    assert.equal(lease.isOver, false);
    assert.deepEqual(ends, []);
  });

  it('is over also before its timer could run, after the process was halted', () => {
    const halted = new HaltedClock();
    const { lease } = leaseOn(halted);
    lease.renew();
    halted.nowMs = 7_999;
    assert.equal(lease.isOver, false);
    halted.nowMs = 8_000;
    assert.equal(lease.isOver, true);
  });

  it('is not renewed by an answer that is read when it is over: it may have been sent before the halt', () => {
    const halted = new HaltedClock();
    const { lease, ends } = leaseOn(halted);
    lease.renew();
    halted.nowMs = 30_000;
    lease.renew();
    assert.equal(lease.isOver, true);
    halted.runTimers();
    assert.deepEqual(ends, [30_000]);
  });

  it('is over at the same times as a model that only remembers the last answer', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 12_000 }) }),
      fc.record({ type: fc.constantFrom('renew' as const, 'end' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const clock = new FakeClock();
        const { lease, ends } = leaseOn(clock);
        const expected: number[] = [];
        let heardMs: number | null = null;
        for (const each of steps) {
          if (each.type === 'wait') {
            clock.advance(each.ms);
            if (heardMs !== null && clock.now() - heardMs >= 8_000) {
              expected.push(heardMs + 8_000);
              heardMs = null;
            }
          } else if (each.type === 'renew') {
            lease.renew();
            heardMs = clock.now();
          } else {
            lease.end();
            heardMs = null;
          }
          assert.deepEqual(ends, expected);
        }
      }),
    );
  });
});

/** Time passes, but timers run only when they are told to: as after SIGSTOP and SIGCONT. */
class HaltedClock implements Clock {
  nowMs = 0;
  readonly #timers: (() => void)[] = [];

  now(): number {
    return this.nowMs;
  }

  after(_delayMs: number, run: () => void): () => void {
    this.#timers.push(run);
    return () => {};
  }

  runTimers(): void {
    for (const run of this.#timers.splice(0)) run();
  }
}

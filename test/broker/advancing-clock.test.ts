import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdvancingClock } from '../../src/broker/advancing-clock.ts';
import { FakeClock } from '../support/clock.ts';

function clocks() {
  const base = new FakeClock();
  const clock = new AdvancingClock(base);
  const ran: string[] = [];
  const note = (what: string) => (): void => void ran.push(`${what} at ${clock.now()}`);
  return { base, clock, ran, note };
}

test('it goes as the clock that it stands on, when nobody advances it', () => {
  const { base, clock, ran, note } = clocks();
  clock.after(100, note('a'));
  clock.after(50, note('b'));
  const cancel = clock.after(60, note('cancelled'));
  cancel();
  base.advance(100);
  assert.deepEqual(ran, ['b at 50', 'a at 100']);
  assert.equal(clock.now(), 100);
});

test('what is due on the way of a leap runs at its own time, and in its order', () => {
  const { clock, ran, note } = clocks();
  clock.after(300, note('late'));
  clock.after(100, note('first'));
  clock.after(100, note('second'));
  clock.after(301, note('too late'));
  clock.advance(300);
  assert.deepEqual(ran, ['first at 100', 'second at 100', 'late at 300']);
  assert.equal(clock.now(), 300);
});

test('a timer that one on the way sets or cancels is part of the leap', () => {
  const { clock, ran, note } = clocks();
  const cancel = clock.after(90, note('cancelled'));
  clock.after(50, () => {
    cancel();
    clock.after(40, note('chained'));
    clock.after(60, note('too late'));
  });
  clock.advance(100);
  assert.deepEqual(ran, ['chained at 90']);
});

test('what is left of a timer after a leap is waited for on the clock below', () => {
  const { base, clock, ran, note } = clocks();
  clock.after(100, note('a'));
  clock.advance(70);
  base.advance(29);
  assert.deepEqual(ran, []);
  base.advance(1);
  assert.deepEqual(ran, ['a at 100']);
  clock.advance(1000);
  base.advance(1000);
  assert.deepEqual(ran, ['a at 100'], 'it runs once');
});

test('time does not go back', () => {
  const { clock } = clocks();
  for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => clock.advance(ms), {
      name: 'RangeError',
      message: `The clock can't be advanced by ${ms} ms; use a number from 0 on.`,
    });
  }
});

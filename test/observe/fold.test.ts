import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fold } from '../../src/observe/fold.ts';
import { type LogLine, line, repeated } from '../../src/observe/log-line.ts';
import { FakeClock } from '../support/clock.ts';

function setUp(): { clock: FakeClock; fold: Fold; passed: LogLine[] } {
  const clock = new FakeClock();
  const passed: LogLine[] = [];
  return { clock, passed, fold: new Fold(clock, (each) => passed.push(each)) };
}

const failure = (
  offset: number,
  details: readonly unknown[] = ['same'],
  by = ['orders'],
): LogLine => repeated('warn', 'attempt failed', { offset }, { by, details });

test('the first five of equal lines are written, the rest become one with their number', () => {
  const { clock, fold, passed } = setUp();
  for (let i = 0; i < 100; i++) fold.take(failure(i));
  assert.deepEqual(
    passed.map(({ fields }) => fields['offset']),
    [0, 1, 2, 3, 4],
  );
  clock.advance(10_000);
  assert.equal(passed.length, 6);
  assert.equal(passed[5]?.message, 'attempt failed (95 more like this within 10 s)');
  assert.deepEqual(passed[5]?.fields, { offset: 99, repeats: 95 });
});

test('after ten seconds lines are written again', () => {
  const { clock, fold, passed } = setUp();
  for (let i = 0; i < 6; i++) fold.take(failure(i));
  clock.advance(10_000);
  fold.take(failure(6));
  assert.equal(passed.length, 7);
  assert.equal(passed[6]?.message, 'attempt failed');
});

test('five lines or fewer are followed by nothing', () => {
  const { clock, fold, passed } = setUp();
  for (let i = 0; i < 5; i++) fold.take(failure(i));
  clock.advance(60_000);
  assert.equal(passed.length, 5);
});

test('lines that differ are counted apart', () => {
  const { fold, passed } = setUp();
  for (let i = 0; i < 6; i++) fold.take(failure(i, ['a']));
  fold.take(failure(6, ['b']));
  assert.equal(passed.length, 6);
});

test('a line that is not one of many is always written', () => {
  const { fold, passed } = setUp();
  for (let i = 0; i < 100; i++) fold.take(line('info', 'handler says', {}));
  assert.equal(passed.length, 100);
});

test('when all lines differ, their number is bounded all the same, per what they have in common', () => {
  const { clock, fold, passed } = setUp();
  for (let i = 0; i < 5000; i++) fold.take(failure(i, [`order ${i} not found`]));
  fold.take(failure(0, ['x'], ['refunds']));
  assert.equal(passed.length, 1006);
  clock.advance(10_000);
  assert.equal(passed.length, 1007);
  assert.deepEqual(passed.at(-1)?.fields, { offset: 4999, repeats: 3995 });
});

test('flushing writes what has been counted and leaves no timer', () => {
  const { clock, fold, passed } = setUp();
  for (let i = 0; i < 8; i++) fold.take(failure(i));
  fold.flush();
  assert.deepEqual(passed.at(-1)?.fields, { offset: 7, repeats: 3 });
  assert.equal(clock.nextMs, Number.POSITIVE_INFINITY);
});

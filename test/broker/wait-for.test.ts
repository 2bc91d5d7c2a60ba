import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bell } from '../../src/broker/bell.ts';
import { waitFor } from '../../src/broker/wait-for.ts';
import { FakeClock } from '../support/clock.ts';

/** A wait, and whether it has ended. */
function waiting(timeoutMs: number, isOver: () => boolean) {
  const clock = new FakeClock();
  const bell = new Bell();
  const state = { clock, bell, hasEnded: false };
  void waitFor({ clock, timeoutMs, bells: [new Bell(), bell], isOver }).then(() => {
    state.hasEnded = true;
  });
  return state;
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a wait ends when a bell rings and its condition holds, and not before', async () => {
  let isOver = false;
  const wait = waiting(1000, () => isOver);
  wait.bell.ring();
  await turn();
  assert.equal(wait.hasEnded, false);
  isOver = true;
  await turn();
  assert.equal(wait.hasEnded, false);
  wait.bell.ring();
  await turn();
  assert.equal(wait.hasEnded, true);
  assert.equal(wait.clock.nextMs, Number.POSITIVE_INFINITY);
});

test('a wait ends with its time', async () => {
  const wait = waiting(1000, () => false);
  wait.clock.advance(999);
  await turn();
  assert.equal(wait.hasEnded, false);
  wait.clock.advance(1);
  await turn();
  assert.equal(wait.hasEnded, true);
});

test('nothing is waited for without time, or when the condition holds already', async () => {
  const waits = [waiting(0, () => false), waiting(-5, () => false), waiting(1000, () => true)];
  await turn();
  assert.deepEqual(
    waits.map(({ hasEnded }) => hasEnded),
    [true, true, true],
  );
});

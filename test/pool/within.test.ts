import assert from 'node:assert/strict';
import { test } from 'node:test';
import { within } from '../../src/pool/within.ts';
import { FakeClock } from '../support/clock.ts';

test('work that ends in time ends the wait, and leaves no timer behind', async () => {
  const clock = new FakeClock();
  await within(clock, 100, Promise.resolve());
  assert.equal(clock.nextMs, Number.POSITIVE_INFINITY);
});

test('work that never ends is waited for that long', async () => {
  const clock = new FakeClock();
  let isOver = false;
  const wait = within(clock, 100, new Promise(() => {})).then(() => {
    isOver = true;
  });
  clock.advance(99);
  await new Promise(setImmediate);
  assert.equal(isOver, false);
  clock.advance(1);
  await wait;
});

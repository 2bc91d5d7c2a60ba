import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Attempt } from '../../workers/context.ts';
import { Deadlines } from '../../workers/deadlines.ts';
import { ChunkRecord } from '../../workers/record.ts';
import type { Running } from '../../workers/runner.ts';
import { inboxOf, planOf } from '../support/chunk-plans.ts';

const TIMEOUT_MS = 1000;
const GRACE_MS = 500;
const LOGGER = { debug() {}, info() {}, warn() {}, error() {} };

/** Deadlines of 1 s and half a second's grace, on a clock that only the test moves. */
function deadlinesOf(t: TestContext) {
  let nowMs = 5000;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.mock.method(performance, 'now', () => nowMs);
  let overdueCalls = 0;
  const deadlines = new Deadlines(TIMEOUT_MS, GRACE_MS, () => overdueCalls++);
  const how = { key: 'bytes', value: 'bytes' } as const;
  const origin = { topic: 'orders', partition: 0, origin: 0n };
  const record = new ChunkRecord(inboxOf(planOf([{}])), 0, origin, how);
  const start = (token: number): Running => {
    const surroundings = { state: 0, options: 0, thread: { id: 0 }, loggerFor: () => LOGGER };
    const attempt = new Attempt(surroundings);
    const running = {
      token,
      lane: 0,
      partition: 0,
      startedMs: nowMs,
      attempt,
      record,
      isOver: false,
    };
    deadlines.add(running);
    return running;
  };
  const end = (running: Running): void => {
    running.isOver = true;
    deadlines.over();
  };
  const pass = (ms: number): void => {
    for (let i = 0; i < ms; i++) {
      nowMs++;
      t.mock.timers.tick(1);
    }
  };
  /** The timer comes late, because something kept the thread busy. */
  const block = (ms: number): void => {
    nowMs += ms;
    t.mock.timers.tick(TIMEOUT_MS);
  };
  return { deadlines, start, end, pass, block, overdueCalls: () => overdueCalls };
}

test('an attempt is aborted at its timeout, not before', (t) => {
  const { start, pass } = deadlinesOf(t);
  const running = start(1);
  pass(TIMEOUT_MS - 1);
  assert.equal(running.attempt.aborted, null);
  pass(1);
  assert.equal(running.attempt.aborted, 'timeout');
});

test('each attempt has its own time, although one timer serves all', (t) => {
  const { start, pass } = deadlinesOf(t);
  const first = start(1);
  pass(400);
  const second = start(2);
  pass(600);
  assert.deepEqual([first.attempt.aborted, second.attempt.aborted], ['timeout', null]);
  pass(400);
  assert.equal(second.attempt.aborted, 'timeout');
});

test('an attempt that ends in time is never aborted', (t) => {
  const { start, end, pass, overdueCalls } = deadlinesOf(t);
  const running = start(1);
  end(running);
  pass(10 * TIMEOUT_MS);
  assert.equal(running.attempt.aborted, null);
  assert.equal(overdueCalls(), 0);
});

test('an attempt that is there after the grace is overdue', (t) => {
  const { deadlines, start, pass, overdueCalls } = deadlinesOf(t);
  start(7);
  pass(TIMEOUT_MS);
  pass(GRACE_MS - 1);
  assert.deepEqual([deadlines.overdue(), overdueCalls()], [[], 0]);
  pass(1);
  assert.deepEqual([deadlines.overdue(), overdueCalls()], [[7], 1]);
});

test('an attempt that heeds its signal within the grace is not overdue', (t) => {
  const { deadlines, start, end, pass, overdueCalls } = deadlinesOf(t);
  const running = start(1);
  pass(TIMEOUT_MS);
  end(running);
  pass(10 * GRACE_MS);
  assert.deepEqual([deadlines.overdue(), overdueCalls()], [[], 0]);
});

test('attempts that start after a quiet time are timed as the first one', (t) => {
  const { start, end, pass } = deadlinesOf(t);
  end(start(1));
  pass(5 * TIMEOUT_MS);
  const running = start(2);
  pass(TIMEOUT_MS - 1);
  assert.equal(running.attempt.aborted, null);
  pass(1);
  assert.equal(running.attempt.aborted, 'timeout');
});

test('an attempt that was aborted because its partition leaves keeps that reason, and is overdue all the same', (t) => {
  const { deadlines, start, pass } = deadlinesOf(t);
  const running = start(3);
  running.attempt.abort('revoked');
  pass(TIMEOUT_MS);
  pass(GRACE_MS);
  assert.equal(running.attempt.aborted, 'revoked');
  assert.deepEqual(deadlines.overdue(), [3]);
});

test('all that is running is listed, however many have ended', (t) => {
  const { deadlines, start, end } = deadlinesOf(t);
  const running = Array.from({ length: 1000 }, (_, token) => start(token));
  for (const each of running) if (each.token % 100 !== 0) end(each);
  assert.deepEqual(
    deadlines.running().map(({ token }) => token),
    [0, 100, 200, 300, 400, 500, 600, 700, 800, 900],
  );
});

test('after the thread was blocked, what ended meanwhile may say so before its time is up', async (t) => {
  const { start, end, block } = deadlinesOf(t);
  const ended = start(1);
  const late = start(2);
  block(3 * TIMEOUT_MS);
  // The answer of a socket, read in the poll phase that follows.
  setImmediate(() => end(ended));
  await new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
  assert.deepEqual([ended.attempt.aborted, late.attempt.aborted], [null, 'timeout']);
});

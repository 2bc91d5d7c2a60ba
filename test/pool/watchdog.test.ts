import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CELL, threadMemoryBytes, viewThreadMemory } from '../../src/contract/thread.ts';
import { Watchdog } from '../../src/pool/watchdog.ts';
import { FakeClock } from '../support/clock.ts';

const LIMIT_MS = 1000;

/** A watchdog over `count` threads that each may be blocked for a second; all are busy. */
function watched(count = 1) {
  const clock = new FakeClock();
  const threads = Array.from({ length: count }, (_, id) => ({
    id,
    memory: viewThreadMemory(new SharedArrayBuffer(threadMemoryBytes(1, 1)), 1, 1),
    isBusy: true,
  }));
  const stuck: [number, number | null][] = [];
  const watchdog = new Watchdog<(typeof threads)[number]>({
    clock,
    threads: () => threads,
    limitMs: (_, token) => (token === 9 ? 10 * LIMIT_MS : LIMIT_MS),
    onStuck: ({ id }, token) => stuck.push([id, token]),
  });
  watchdog.start();
  const [thread] = threads;
  assert.ok(thread);
  return { clock, threads, thread, stuck, watchdog };
}

test('a thread whose loop stands still past the limit is stuck, with the record that it is in', () => {
  const { clock, thread, stuck } = watched();
  thread.memory.cells[CELL.current] = 5 + 1;
  clock.advance(LIMIT_MS);
  assert.deepEqual(stuck, []);
  clock.advance(500);
  assert.deepEqual(stuck[0], [0, 5]);
});

test('a thread whose loop turns is not stuck, however long its records take', () => {
  const { clock, thread, stuck } = watched();
  for (let i = 0; i < 100; i++) {
    thread.memory.cells[CELL.tick] = i + 1;
    clock.advance(LIMIT_MS - 250);
  }
  assert.deepEqual(stuck, []);
});

test('a thread without records may stand still', () => {
  const { clock, thread, stuck } = watched();
  thread.isBusy = false;
  clock.advance(100 * LIMIT_MS);
  assert.deepEqual(stuck, []);
});

test('the time counts from when a thread has records, not from before', () => {
  const { clock, thread, stuck } = watched();
  thread.isBusy = false;
  clock.advance(100 * LIMIT_MS);
  thread.isBusy = true;
  clock.advance(LIMIT_MS - 250);
  assert.deepEqual(stuck, []);
  clock.advance(500);
  assert.equal(stuck.length > 0, true);
});

test('a thread that is blocked outside of a handler has no record to blame', () => {
  const { clock, stuck } = watched();
  clock.advance(2 * LIMIT_MS);
  assert.deepEqual(stuck[0], [0, null]);
});

test('each record has the limit of its pipeline', () => {
  const { clock, thread, stuck } = watched();
  thread.memory.cells[CELL.current] = 9 + 1;
  clock.advance(9 * LIMIT_MS);
  assert.deepEqual(stuck, []);
  clock.advance(2 * LIMIT_MS);
  assert.deepEqual(stuck[0], [0, 9]);
});

test('threads are watched apart', () => {
  const { clock, threads, stuck } = watched(2);
  for (let i = 0; i < 10; i++) {
    (threads[0] as (typeof threads)[number]).memory.cells[CELL.tick] = i + 1;
    clock.advance(250);
  }
  assert.deepEqual([...new Set(stuck.map(([id]) => id))], [1]);
});

test('a watchdog that was stopped looks no more', () => {
  const { clock, stuck, watchdog } = watched();
  clock.advance(250);
  watchdog.stop();
  clock.advance(100 * LIMIT_MS);
  assert.deepEqual(stuck, []);
  assert.equal(clock.nextMs, Number.POSITIVE_INFINITY);
});

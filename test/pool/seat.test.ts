import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChunkPlan } from '../../src/contract/chunk.ts';
import { HandlerRefusedError } from '../../src/contract/handler-refused.ts';
import type { HandlerSpec } from '../../src/contract/thread.ts';
import { failuresAt, lateStart, pauseMsAfter, type Seat, startError } from '../../src/pool/seat.ts';

const seatOf = (seat: Partial<Seat<ChunkPlan>>): Seat<ChunkPlan> =>
  ({
    isReady: true,
    sinceMs: 0,
    overdue: null,
    loading: null,
    refusals: new Map(),
    failures: 0,
    ...seat,
  }) as Seat<ChunkPlan>;

test('a thread that dies soon after it was ready, or before, counts as one that does not come up', () => {
  assert.equal(failuresAt(seatOf({ failures: 3 }), 999), 4);
  assert.equal(failuresAt(seatOf({ failures: 3, isReady: false }), 60_000), 4);
});

test('a thread that lived for a while starts the count anew', () => {
  assert.equal(failuresAt(seatOf({ failures: 3, sinceMs: 500 }), 1500), 0);
});

test('the first life after a death starts at once, the next ones later and later, up to half a minute', () => {
  const pauses = [0, 1, 2, 3, 4, 10, 11, 100].map(pauseMsAfter);
  assert.deepEqual(pauses, [0, 0, 100, 200, 400, 25_600, 30_000, 30_000]);
});

test('a thread that died while it loaded is MR203, exit 78, with the way it died', () => {
  const { code, exit, message } = startError(seatOf({}), [], 'worker exited with code: 0');
  assert.deepEqual([code, exit], ['MR203', 78]);
  assert.match(message, /died while it loaded the handlers: worker exited with code: 0\. Look in/);
});

test('a thread that died while it loaded a handler names the pipeline', () => {
  const handlers = ['orders', 'audit'].map((pipeline) => ({ pipeline }) as HandlerSpec);
  const { message, facts } = startError(seatOf({ loading: 1 }), handlers, 'gone');
  assert.match(message, /died while it loaded the handler of audit: gone\./);
  assert.deepEqual(facts, { pipeline: 'audit' });
});

test('handlers that are not ready in time are MR204, exit 78, and the one that is waited for is named', () => {
  const handlers = ['orders', 'audit'].map((pipeline) => ({ pipeline }) as HandlerSpec);
  const seats = [null, seatOf({ loading: 0 }), seatOf({ isReady: false, loading: 1 })];
  const { code, exit, message, facts } = lateStart(seats, handlers);
  assert.deepEqual([code, exit, facts], ['MR204', 78, { pipeline: 'audit' }]);
  assert.match(message, /^The handler of audit was not ready after a minute/);
  assert.match(lateStart([null], handlers).message, /^The handlers were not ready/);
});

test('refused handlers are MR202 with all of them, each by its pipeline', () => {
  const refusal = (message: string) => ({
    stage: 'setup' as const,
    error: { name: 'Error', message, code: null, stack: null },
    exports: [],
  });
  const handlers = ['orders', 'audit', 'mail'].map((pipeline) => ({ pipeline }) as HandlerSpec);
  const refusals = new Map([
    [0, refusal('no db')],
    [2, refusal('no smtp')],
  ]);
  const error = startError(seatOf({ refusals }), handlers, 'worker exited with code: 1');
  assert.ok(error instanceof HandlerRefusedError);
  assert.equal(error.code, 'MR202');
  assert.match(error.message, /^orders: .*no db\nmail: .*no smtp$/);
});

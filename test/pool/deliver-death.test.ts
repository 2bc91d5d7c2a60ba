import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECORD } from '../../src/contract/thread.ts';
import { deliverDeath } from '../../src/pool/deliver-death.ts';
import type { PoolListener } from '../../src/pool/pool-listener.ts';
import type { Lost } from '../../src/pool/worker-thread.ts';
import { planOf, type TestPlan } from '../support/chunk-plans.ts';

const plan = planOf([{}, {}, {}]);

const lostOf = (pipeline: number, place: number, state: number): Lost<TestPlan> => {
  return { pipeline, chunk: plan, place, state, token: 100 * pipeline + place };
};

/** What each of two pipelines hears of a death. */
function heardOf(lost: readonly Lost<TestPlan>[], overdue: readonly number[] | null) {
  const heard: unknown[][] = [];
  const listener: Partial<PoolListener<TestPlan>> = {
    threadDied: (thread, death, message, records, runningInAll, stack) => {
      const places = records.map(({ pipeline, place, isOverdue }) => [pipeline, place, isOverdue]);
      heard.push([thread, death, message, places, runningInAll, stack]);
    },
  };
  const both = [listener, listener] as PoolListener<TestPlan>[];
  deliverDeath({ id: 3, death: 'stuck', message: 'gone', stack: 'at', overdue, lost }, both);
  return heard;
}

test('each pipeline hears of its own records, and how many of all were running', () => {
  const lost = [
    lostOf(0, 0, RECORD.running),
    lostOf(1, 1, RECORD.running),
    lostOf(0, 2, RECORD.waiting),
  ];
  assert.deepEqual(heardOf(lost, [101]), [
    [
      3,
      'stuck',
      'gone',
      [
        [0, 0, false],
        [0, 2, false],
      ],
      2,
      'at',
    ],
    [3, 'stuck', 'gone', [[1, 1, true]], 2, 'at'],
  ]);
});

test('a death that nobody is to blame for, of a thread that held nothing, is told to all', () => {
  assert.deepEqual(heardOf([], null), [
    [3, 'stuck', 'gone', [], 0, 'at'],
    [3, 'stuck', 'gone', [], 0, 'at'],
  ]);
});

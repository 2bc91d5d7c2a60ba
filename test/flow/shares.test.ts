import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Crew } from '../../src/flow/crew.ts';
import { Partition } from '../../src/flow/partition.ts';
import { Shares } from '../../src/flow/shares.ts';
import { rowOf } from '../support/blocks.ts';
import { throughput } from '../support/load.ts';

const QUICK = { handlerMs: 5 };
const SLOW = { handlerMs: 1_000 };

function isNear(actual: number | undefined, expected: number, share = 0.1): void {
  const text = `${actual} is not within ${share * 100} % of ${expected}`;
  assert(actual !== undefined && Math.abs(actual - expected) <= expected * share, text);
}

describe('a partition whose records are quick, beside one whose records take 1 s', () => {
  for (const limits of [[16], [8, 8], [4, 4, 4, 4]]) {
    const places = limits.join(' + ');

    test(`gets through at least 80 % of what it does alone, on ${places} places`, () => {
      const [alone] = throughput(limits, [QUICK]);
      const [quick, slow] = throughput(limits, [QUICK, SLOW]);
      isNear(alone, 3_200, 0.05);
      assert((quick as number) >= 0.8 * (alone as number), `${quick} of ${alone} records a second`);
      assert((slow as number) >= 1.8, 'and the slow one keeps its quarter of the fair share');
    });

    test(`gets through all that arrives if that is less, on ${places} places`, () => {
      const [quick, slow] = throughput(limits, [{ ...QUICK, rate: 1.4 }, SLOW]);
      assert((quick as number) >= 1_390, `${quick} of 1400 records a second`);
      assert((slow as number) >= 6, 'and the slow one uses most of the rest');
    });
  }

  test('has a thread for itself when there are two of one place each', () => {
    const [quick, slow] = throughput([1, 1], [QUICK, SLOW]);
    isNear(quick, 200, 0.05);
    isNear(slow, 1);
  });

  test('is not starved by seven of them', () => {
    const [quick] = throughput([8, 8], [QUICK, SLOW, SLOW, SLOW, SLOW, SLOW, SLOW, SLOW]);
    assert((quick as number) >= 1_600, `${quick} records a second of 3200`);
  });
});

describe('partitions whose records take about as long', () => {
  test('share the places', () => {
    const rates = throughput([8, 8], [QUICK, QUICK, QUICK, QUICK], 2_000);
    for (const rate of rates) isNear(rate, 800, 0.05);
    for (const rate of throughput([8, 8], [SLOW, SLOW], 30_000)) isNear(rate, 8);
  });

  test('leave to one of them what the others do not use', () => {
    const idle = { handlerMs: 5, rate: 0.1 };
    const [hot, ...others] = throughput([8, 8], [QUICK, idle, idle, idle], 2_000);
    for (const rate of others) isNear(rate, 100, 0.02);
    isNear(hot, 2_900, 0.05);
  });
});

test('a thread never waits for the main thread when there is work: one place, half a millisecond a record', () => {
  isNear(throughput([1], [{ handlerMs: 0.5 }], 1_000)[0], 2_000, 0.02);
});

test('with no thread up a partition may still have a record on one: nothing else would wake it', () => {
  const crew = new Crew([4], { send: () => {}, soloOver: () => {} });
  const partition = new Partition(0, 'orders', 0, 0n, 0n, { ordering: 'key', maxUncommitted: 10 });
  partition.admit(rowOf(0, 5));
  assert.equal(
    new Shares().update(0, crew, [partition], 1, () => 0),
    true,
  );
  assert(partition.cap >= 1);
});

test('it measures at most once a millisecond', () => {
  const shares = new Shares();
  const crew = new Crew([4], { send: () => {}, soloOver: () => {} });
  const calls = [0, 0.5, 0.99, 1, 1.5, 2].map((nowMs) =>
    shares.update(nowMs, crew, [], 0, () => 0),
  );
  assert.deepEqual(calls, [true, false, false, true, false, true]);
});

test('the longer the records of a key take, the fewer of them are sent ahead', () => {
  const crew = new Crew([4], { send: () => {}, soloOver: () => {} });
  const partition = new Partition(0, 'orders', 0, 0n, 0n, { ordering: 'key', maxUncommitted: 10 });
  const depths = [0, 0.001, 0.1, 1, 30].map((mean) => {
    new Shares().update(0, crew, [partition], 1, () => mean);
    return partition.depth;
  });
  assert.deepEqual(depths, [16, 2_000, 20, 2, 1]);
});

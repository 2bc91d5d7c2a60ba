import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Even } from '../../../src/kafka/assigner/gauge.ts';
import {
  type CohortNode,
  level,
  type Share,
  type TopicNode,
} from '../../../src/kafka/assigner/level.ts';

const any = ({ size }: Share): boolean => size > 0;

test('the loaded pass to the idle over as many stations as it takes, and the stations keep their load', () => {
  const cohorts = graph([{ a: 4 }, { a: 0, b: 2 }, { b: 0, c: 2 }, { c: 0 }]);
  level(cohorts, any);
  assert.deepEqual(sizes(cohorts), [[2], [2, 0], [2, 0], [2]]);
});

test('of several ways the shortest is gone, and of equally short ones that to the least loaded', () => {
  const cohorts = graph([
    { a: 3, b: 3 },
    { a: 0, c: 3 },
    { b: 0, c: 0 },
  ]);
  level(cohorts, any);
  assert.deepEqual(sizes(cohorts), [
    [3, 0],
    [0, 3],
    [3, 0],
  ]);
});

test('a difference of one is left as it is', () => {
  const cohorts = graph([{ a: 2 }, { a: 1 }]);
  level(cohorts, any);
  assert.deepEqual(sizes(cohorts), [[2], [1]]);
});

test('what may not pass stays, however loaded its cohort is', () => {
  const cohorts = graph([
    { a: 5, b: 1 },
    { a: 0, b: 0 },
  ]);
  level(cohorts, ({ size }) => size > 0 && size < 5);
  assert.deepEqual(sizes(cohorts), [
    [5, 0],
    [0, 1],
  ]);
});

test('cohorts between which nothing is left to win are searched once, not once each', () => {
  const cohorts = graph(
    Array.from({ length: 30 }, (_, i) => ({ [`t${i}`]: 1, [`t${(i + 1) % 30}`]: 1 })),
  );
  let asked = 0;
  level(cohorts, () => {
    asked += 1;
    return true;
  });
  assert.ok(asked <= 60, `${asked} questions about 60 shares`);
});

test('a search ends when there is nobody else to find', () => {
  const topics = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`t${i}`, 1]));
  const cohorts = graph([topics, topics]);
  let asked = 0;
  level(cohorts, () => {
    asked += 1;
    return true;
  });
  assert.equal(asked, 1);
});

/** One cohort of one member for each record of topic to size. */
function graph(subscriptions: readonly Record<string, number>[]): CohortNode[] {
  const topics = new Map<string, TopicNode>();
  return subscriptions.map((sizesOf) => {
    const sum = Object.values(sizesOf).reduce((a, b) => a + b, 0);
    const cohort: CohortNode = { gauge: new Even(sum, 1), shares: [], settled: false, visit: null };
    for (const [name, size] of Object.entries(sizesOf)) {
      const topic = topics.get(name) ?? { partitions: 0, shares: [], visit: null };
      topics.set(name, topic);
      const share = { cohort, topic, held: 0, size };
      cohort.shares.push(share);
      topic.shares.push(share);
    }
    return cohort;
  });
}

function sizes(cohorts: readonly CohortNode[]): number[][] {
  return cohorts.map(({ shares }) => shares.map(({ size }) => size));
}

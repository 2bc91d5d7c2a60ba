import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counts } from '../../../src/kafka/assigner/counts.ts';
import { type GroupMember, readRoster } from '../../../src/kafka/assigner/roster.ts';
import { shareOut } from '../../../src/kafka/assigner/share-out.ts';
import { member } from './group-of.ts';

test('a cohort of many gets as many times the partitions of a cohort of one', () => {
  const members = [member('m1', 'a b'), member('m2', 'a b'), member('m3', 'a')];
  assert.deepEqual(portions(members, { a: 5, b: 1 }), [{ a: 3, b: 1 }, { a: 2 }]);
});

test('who can take only one topic gets it, though others were less loaded when it was dealt', () => {
  const members = [member('m1', 'a'), member('m2', 'a b'), member('m3', 'b c')];
  assert.deepEqual(portions(members, { a: 2, b: 4, c: 5 }), [
    { a: 2 },
    { a: 0, b: 4 },
    { b: 0, c: 5 },
  ]);
});

test('a partition that is passed on over a third cohort is another one of the same number', () => {
  const members = [member('m1', 'a', 'a0 a1 a2'), member('m2', 'a b', 'b0 b1'), member('m3', 'b')];
  assert.deepEqual(portions(members, { a: 3, b: 2 }), [{ a: 2 }, { a: 1, b: 1 }, { b: 1 }]);
});

test('what is held moves only when balance is won by it', () => {
  const members = [member('m1', 'a b', 'a0 b0'), member('m2', 'a', 'a1'), member('m3', 'b')];
  assert.deepEqual(portions(members, { a: 2, b: 1 }), [{ a: 1, b: 0 }, { a: 1 }, { b: 1 }]);
  const settled = [member('m1', 'a b', 'a0 b0'), member('m2', 'a', 'a1'), member('m3', 'b', 'b1')];
  assert.deepEqual(portions(settled, { a: 2, b: 2 }), [{ a: 1, b: 1 }, { a: 1 }, { b: 1 }]);
});

/** Per cohort, the portion of each of its topics. Every claim in `members` counts. */
function portions(
  members: readonly GroupMember[],
  counts: Record<string, number>,
): Record<string, number>[] {
  const { cohorts } = readRoster(members, new Map(Object.entries(counts)));
  const held = new Map(
    cohorts.map((cohort) => {
      const table = new Counts(cohort.seats.length, cohort.topics.length);
      for (const { member: each, row } of cohort.seats) {
        for (const { topic } of each.owned) {
          table.add(
            row,
            cohort.topics.findIndex(({ name }) => name === topic),
            1,
          );
        }
      }
      return [cohort, table];
    }),
  );
  return [...shareOut(held)].map(([cohort, sizes]) =>
    Object.fromEntries(cohort.topics.map(({ name }, column) => [name, sizes[column] ?? 0])),
  );
}

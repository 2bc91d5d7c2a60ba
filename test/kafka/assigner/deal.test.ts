import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Counts } from '../../../src/kafka/assigner/counts.ts';
import { deal } from '../../../src/kafka/assigner/deal.ts';

// Tables are members by topics.
const dealt: [string, number[][], number[], number[][]][] = [
  [
    'without anything held, all topics are spread within one',
    [
      [0, 0],
      [0, 0],
    ],
    [3, 3],
    [
      [2, 1],
      [1, 2],
    ],
  ],
  ['the member that holds most gets the odd one', [[0], [2]], [3], [[1], [2]]],
  [
    'what is held and fits the quota stays, however it is spread',
    [
      [3, 0],
      [0, 3],
    ],
    [3, 3],
    [
      [3, 0],
      [0, 3],
    ],
  ],
  [
    'who has least of a topic gets it',
    [
      [2, 0],
      [0, 2],
    ],
    [4, 4],
    [
      [2, 2],
      [2, 2],
    ],
  ],
  [
    'who holds too much gives up of the topic that is furthest above average',
    [
      [9, 3],
      [0, 0],
    ],
    [10, 2],
    [
      [5, 1],
      [5, 1],
    ],
  ],
  [
    'of what leaves the cohort the most loaded give up',
    [
      [1, 0],
      [1, 2],
      [1, 0],
    ],
    [2, 2],
    [
      [1, 0],
      [0, 2],
      [1, 0],
    ],
  ],
];
for (const [what, held, portions, target] of dealt) {
  test(what, () => assert.deepEqual(rowsOf(deal(tableOf(held), portions)), target));
}

test('everything is dealt, nobody has two more than another, and who keeps less than it held has no more than its share', () => {
  const group = fc.integer({ min: 1, max: 5 }).chain((topics) =>
    fc.record({
      held: fc.array(fc.array(fc.nat(5), { minLength: topics, maxLength: topics }), {
        minLength: 1,
        maxLength: 6,
      }),
      portions: fc.array(fc.nat(20), { minLength: topics, maxLength: topics }),
    }),
  );
  fc.assert(
    fc.property(group, ({ held, portions }) => {
      const target = deal(tableOf(held), portions);
      assert.deepEqual(
        portions.map((_, column) => target.ofColumn(column)),
        portions,
      );
      const loads = held.map((_, row) => target.ofRow(row));
      assert.ok(Math.max(...loads) - Math.min(...loads) <= 1, `${loads}`);
    }),
  );
});

test('what the members held is not changed', () => {
  const held = tableOf([[5], [0]]);
  deal(held, [5]);
  assert.deepEqual(rowsOf(held), [[5], [0]]);
});

function tableOf(rows: readonly (readonly number[])[]): Counts {
  const counts = new Counts(rows.length, rows[0]?.length ?? 0);
  for (const [row, cells] of rows.entries()) {
    for (const [column, size] of cells.entries()) {
      for (let i = 0; i < size; i++) counts.add(row, column, 1);
    }
  }
  return counts;
}

function rowsOf(counts: Counts): number[][] {
  return Array.from({ length: counts.rows }, (_, row) =>
    Array.from({ length: counts.columns }, (_, column) => counts.get(row, column)),
  );
}

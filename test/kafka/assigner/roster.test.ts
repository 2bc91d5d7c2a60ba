import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRoster } from '../../../src/kafka/assigner/roster.ts';
import { member } from './group-of.ts';

const counts = new Map([
  ['a', 2],
  ['b', 3],
]);

test('members with the same topics are one cohort, in whatever order and how often they name them', () => {
  const roster = readRoster(
    [member('m2', 'b a'), member('m1', 'a b a'), member('m3', 'a')],
    counts,
  );
  assert.deepEqual(
    roster.cohorts.map(({ seats }) => seats.map((seat) => [seat.member.memberId, seat.row])),
    [
      [
        ['m1', 0],
        ['m2', 1],
      ],
      [['m3', 0]],
    ],
  );
});

test('topics that differ only by one without a known count make no other cohort', () => {
  const roster = readRoster([member('m1', 'a z'), member('m2', 'a')], counts);
  assert.equal(roster.cohorts.length, 1);
});

test('a topic knows its cohorts, and a cohort the column of each topic', () => {
  const roster = readRoster([member('m1', 'b'), member('m2', 'b a')], counts);
  const [b, a] = roster.topics;
  assert.ok(a && b);
  assert.deepEqual(
    roster.topics.map(({ name, partitions, cohorts }) => [name, partitions, cohorts.length]),
    [
      ['b', 3, 2],
      ['a', 2, 1],
    ],
  );
  assert.deepEqual(
    roster.cohorts.map(({ columns }) => [columns.get(a), columns.get(b)]),
    [
      [undefined, 0],
      [0, 1],
    ],
  );
});

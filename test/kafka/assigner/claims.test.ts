import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTESTED, isSeat, settleClaims } from '../../../src/kafka/assigner/claims.ts';
import { type GroupMember, readRoster } from '../../../src/kafka/assigner/roster.ts';
import { member } from './group-of.ts';

test('a partition is held by the one who claims it and by nobody else', () => {
  assert.deepEqual(holders([member('m1', 'a', 'a0 a2'), member('m2', 'a', 'a1')], 4), [
    'm1',
    'm2',
    'm1',
    null,
  ]);
});

test('the later generation holds, whichever claim is read first', () => {
  assert.deepEqual(holders([member('m1', 'a', 'a0', 4), member('m2', 'a', 'a0', 6)], 1), ['m2']);
  assert.deepEqual(holders([member('m1', 'a', 'a0', 6), member('m2', 'a', 'a0', 4)], 1), ['m1']);
});

test('a partition claimed twice in one generation is contested, also when older claims stand beside', () => {
  const claims = [4, 6, 5, 6, 4].map((generation, i) => member(`m${i}`, 'a', 'a0', generation));
  assert.deepEqual(holders(claims, 1), [CONTESTED]);
});

test('a claim of a still later generation settles what was contested', () => {
  const claims = [6, 6, 7, 6].map((generation, i) => member(`m${i}`, 'a', 'a0', generation));
  assert.deepEqual(holders(claims, 1), ['m2']);
});

test('a member that names a partition twice does not contest it with itself', () => {
  assert.deepEqual(holders([member('m1', 'a', 'a0 a0')], 1), ['m1']);
});

test('who no longer subscribes to the topic holds the partition until it has let go', () => {
  assert.deepEqual(holders([member('m1', 'b', 'a0'), member('m2', 'a')], 1), ['m1']);
});

/** Who holds each partition of topic a. */
function holders(members: readonly GroupMember[], partitions: number): (string | null)[] {
  const counts = new Map([
    ['a', partitions],
    ['b', 1],
  ]);
  const settled = [...settleClaims(readRoster(members, counts))];
  const [, ofA] = settled.find(([topic]) => topic.name === 'a') ?? [];
  return (ofA ?? []).map((holder) => (isSeat(holder) ? holder.member.memberId : (holder ?? null)));
}

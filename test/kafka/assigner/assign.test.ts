import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assign } from '../../../src/kafka/assigner/assign.ts';
import type { GroupMember } from '../../../src/kafka/assigner/roster.ts';
import { inWords, member, smallGroup } from './group-of.ts';

test('a new group is dealt out evenly, every topic of it too', () => {
  const { a, b } = { a: 5, b: 4 };
  const given = round([member('m1', 'a b'), member('m2', 'a b'), member('m3', 'a b')], { a, b });
  assert.deepEqual(given, { m1: 'a0 a1 b0', m2: 'a2 a3 b1', m3: 'a4 b2 b3' });
});

test('a partition goes to a subscriber of its topic only', () => {
  const given = round([member('m1', 'a'), member('m2', 'a b')], { a: 2, b: 2, c: 1 });
  assert.deepEqual(given, { m1: 'a0 a1', m2: 'b0 b1' });
});

test('members without partitions get an empty assignment', () => {
  const given = round([member('m1', 'a'), member('m2', 'a'), member('m3', 'z')], { a: 1 });
  assert.deepEqual(given, { m1: 'a0', m2: '', m3: '' });
});

test('a group without members has no assignments', () => {
  assert.deepEqual(assign([], new Map([['a', 3]])), new Map());
});

for (const count of [0, -1, 1.5, Number.NaN]) {
  test(`a topic of ${count} partitions counts as unknown and is left out`, () => {
    assert.deepEqual(round([member('m1', 'a b')], { a: 1, b: count }), { m1: 'a0' });
  });
}

test('a partition that another member holds is given to nobody until that one has let go', () => {
  const first = round([member('m1', 'a', 'a0 a1 a2 a3'), member('m2', 'a')], { a: 4 });
  assert.deepEqual(first, { m1: 'a0 a1', m2: '' });
  const second = round([member('m1', 'a', 'a0 a1', 2), member('m2', 'a', '', 2)], { a: 4 });
  assert.deepEqual(second, { m1: 'a0 a1', m2: 'a2 a3' });
});

test('a partition that is still being drained is not given away, though it was taken back a round ago', () => {
  const given = round([member('m1', 'a', 'a0 a1 a2', 2), member('m2', 'a', 'a3', 2)], { a: 4 });
  assert.deepEqual(given, { m1: 'a0 a1', m2: 'a3' });
});

test('of two claims the one of the later generation holds', () => {
  const given = round([member('m1', 'a', 'a0 a1', 4), member('m2', 'a', 'a0', 6)], { a: 2 });
  assert.deepEqual(given, { m1: 'a1', m2: 'a0' });
});

test('a claim of an earlier generation holds as long as nobody else claims the partition', () => {
  const given = round([member('m1', 'a', 'a0 a1', 4), member('m2', 'a', 'a2', 6)], { a: 4 });
  assert.deepEqual(given, { m1: 'a0 a1', m2: 'a2 a3' });
});

test('a partition that two members claim in one generation is given to nobody for a round', () => {
  const given = round([member('m1', 'a', 'a0 a1'), member('m2', 'a', 'a1')], { a: 2 });
  assert.deepEqual(given, { m1: 'a0', m2: '' });
});

test('a partition of a topic that its holder no longer wants is given on only after it has let go', () => {
  const first = round([member('m1', 'b', 'a0'), member('m2', 'a')], { a: 2, b: 1 });
  assert.deepEqual(first, { m1: 'b0', m2: 'a1' });
});

test('claims to topics and partitions that do not exist are passed over', () => {
  const given = round([member('m1', 'a', 'a7 z0 a-1'), member('m2', 'a')], { a: 2 });
  assert.deepEqual(given, { m1: 'a0', m2: 'a1' });
});

test('a topic may have the name of anything that an object already has', () => {
  const names = ['__proto__', 'constructor', 'toString'];
  const counts = new Map(names.map((name) => [name, 1]));
  const alone = [{ memberId: '__proto__', topics: names, owned: [], generation: -1 }];
  assert.deepEqual(
    assign(alone, counts).get('__proto__'),
    new Map(names.map((name) => [name, [0]])),
  );
});

test('names that look alike when joined are kept apart', () => {
  const counts = new Map([
    ['a', 1],
    ['b', 1],
    ['a\0b', 1],
    ['a","b', 1],
  ]);
  const members = ['a|b', 'a\0b', 'a","b'].map((list, i) => ({
    memberId: `m${i}`,
    topics: list.split('|'),
    owned: [],
    generation: -1,
  }));
  const given = assign(members, counts);
  assert.deepEqual([...(given.get('m0')?.keys() ?? [])], ['a', 'b']);
  assert.deepEqual([...(given.get('m1')?.keys() ?? [])], ['a\0b']);
  assert.deepEqual([...(given.get('m2')?.keys() ?? [])], ['a","b']);
});

test('two members with one id are a bug', () => {
  assert.throws(() => assign([member('m1', 'a'), member('m1', 'a')], new Map()), { code: 'MR900' });
});

test('balance reaches over third members: who shares no topic with the idle one passes on to who does', () => {
  const members = [member('m1', 'a', 'a0 a1 a2'), member('m2', 'a b', 'b0 b1'), member('m3', 'b')];
  assert.deepEqual(round(members, { a: 3, b: 2 }), { m1: 'a0 a1', m2: 'b0', m3: '' });
});

test('when a topic is added to a balanced group, nothing that is held moves', () => {
  const before = [member('m1', 'a b', 'a0 a1'), member('m2', 'a b', 'a2 a3')];
  assert.deepEqual(round(before, { a: 4, b: 3 }), { m1: 'a0 a1 b0 b1', m2: 'a2 a3 b2' });
});

test('when a member joins, each of the others gives up of the topic that it has most of', () => {
  const owners = [member('m1', 'a b', 'a0 a1 a2 b0'), member('m2', 'a b', 'a3 b1 b2 b3')];
  const given = round([...owners, member('m3', 'a b')], { a: 4, b: 4 });
  assert.deepEqual(given, { m1: 'a0 a1 b0', m2: 'a3 b1 b2', m3: '' });
});

test('the order of the members makes no difference', () => {
  const shuffled = smallGroup('any').chain(({ members, counts }) =>
    fc.tuple(
      fc.constant({ members, counts }),
      fc.shuffledSubarray([...members], { minLength: members.length }),
    ),
  );
  fc.assert(
    fc.property(shuffled, ([{ members, counts }, others]) => {
      assert.deepEqual(assign(others, counts), assign(members, counts));
    }),
  );
});

/** One round, in words. */
function round(
  members: readonly GroupMember[],
  counts: Record<string, number>,
): Record<string, string> {
  const given = assign(members, new Map(Object.entries(counts)));
  return Object.fromEntries([...given].map(([id, assignment]) => [id, inWords(assignment)]));
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assign } from '../../../src/kafka/assigner/assign.ts';
import type { Assignment } from '../../../src/kafka/assigner/assignment.ts';
import type { GroupMember } from '../../../src/kafka/assigner/roster.ts';
import type { TopicPartitions } from '../../../src/kafka/assigner/topic-partitions.ts';
import { bestSplit, sumOfSquares } from './every-split.ts';
import { type Group, inWords, largeGroup, member, sizeOf, smallGroup, words } from './group-of.ts';

test('no assignment is better balanced, whatever the subscriptions and whatever was owned', () => {
  fc.assert(
    fc.property(smallGroup('any'), (group) => {
      const loads = settled(group).map(sizeOf);
      assert.equal(sumOfSquares(loads), bestSplit(group).squares);
    }),
    { numRuns: 1000 },
  );
});

test('no partition could be moved to a subscriber with two less', () => {
  fc.assert(
    fc.property(largeGroup, (group) => {
      const given = settled(group);
      for (const [i, assignment] of given.entries()) {
        for (const topic of assignment.keys()) {
          for (const [j, { topics }] of group.members.entries()) {
            if (!topics.includes(topic)) continue;
            assert.ok(sizeOf(given[j]) > sizeOf(given[i]) - 2, `${topic} from m${i} to m${j}`);
          }
        }
      }
    }),
  );
});

test('what went missing from a settled assignment is given out again without moving anything else', () => {
  const torn = largeGroup.chain((group) =>
    fc.tuple(fc.constant(group), fc.infiniteStream(fc.boolean())),
  );
  fc.assert(
    fc.property(torn, ([group, coins]) => {
      const whole = settled(group);
      const members = group.members.map((each, i) => ({
        ...each,
        owned: entriesOf(whole[i]).map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.filter(() => coins.next().value),
        })),
      }));
      const given = assign(members, group.counts);
      for (const each of members) {
        const again = inWords(given.get(each.memberId)).split(' ');
        for (const { topic, partitions } of each.owned) {
          for (const partition of partitions) assert.ok(again.includes(`${topic}${partition}`));
        }
      }
      assert.equal(sumOfSquares([...given.values()].map(sizeOf)), sumOfSquares(whole.map(sizeOf)));
    }),
    { numRuns: 3000 },
  );
});

test('with equal subscriptions no balanced assignment moves fewer partitions', () => {
  fc.assert(
    fc.property(smallGroup('equal'), (group) => {
      assert.equal(movesIn(group, assign(group.members, group.counts)), bestSplit(group).moves);
    }),
    { numRuns: 1000 },
  );
});

test('with equal subscriptions a member keeps the smaller of what it held and its load', () => {
  fc.assert(
    fc.property(smallGroup('equal'), (group) => {
      const first = assign(group.members, group.counts);
      for (const [i, assignment] of settled(group).entries()) {
        const held = group.members[i];
        const kept = words(inWords(first.get(held?.memberId ?? ''))).filter((word) =>
          owns(held, word),
        );
        assert.equal(kept.length, Math.min(held?.owned.length ?? 0, sizeOf(assignment)));
      }
    }),
  );
});

test('a new group has every topic spread within one, and not only the sum', () => {
  const shape = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
    members: fc.integer({ min: 1, max: 7 }),
  });
  fc.assert(
    fc.property(shape, ({ sizes, members }) => {
      const counts = new Map(sizes.map((size, i) => [`t${i}`, size]));
      const group = Array.from({ length: members }, (_, i) => ({
        ...member(`m${i}`, ''),
        topics: [...counts.keys()],
      }));
      const given = [...assign(group, counts).values()];
      for (const topic of counts.keys()) {
        const shares = given.map((assignment) => assignment.get(topic)?.length ?? 0);
        assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, `${topic}: ${shares}`);
      }
    }),
  );
});

/** What each member has when all have let go and rejoined. */
function settled({ members, counts }: Group): Assignment[] {
  const first = assign(members, counts);
  const rejoined = members.map((each) => ({
    ...each,
    owned: entriesOf(first.get(each.memberId)),
    generation: 9,
  }));
  const second = assign(rejoined, counts);
  return members.map(({ memberId }) => second.get(memberId) ?? new Map());
}

function entriesOf(assignment: Assignment | undefined): TopicPartitions[] {
  return [...(assignment ?? [])].map(([topic, partitions]) => ({ topic, partitions }));
}

/** Partitions of topics with a subscriber that their owner doesn't get again. */
function movesIn({ members }: Group, given: ReadonlyMap<string, Assignment>): number {
  return members
    .map((each) => {
      const kept = words(inWords(given.get(each.memberId))).filter((word) => owns(each, word));
      return each.owned.length - kept.length;
    })
    .reduce((sum, moves) => sum + moves, 0);
}

function owns(each: GroupMember | undefined, word: string): boolean {
  return (each?.owned ?? []).some(({ topic, partitions }) =>
    partitions.some((p) => `${topic}${p}` === word),
  );
}

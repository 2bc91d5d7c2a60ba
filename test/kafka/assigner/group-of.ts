/**
 * Groups for the tests of the assigner: made by hand, or drawn at random and small enough for `every-split.ts`.
 */
import fc from 'fast-check';
import type { Assignment } from '../../../src/kafka/assigner/assignment.ts';
import type { GroupMember } from '../../../src/kafka/assigner/roster.ts';

export interface Group {
  readonly members: readonly GroupMember[];
  readonly counts: ReadonlyMap<string, number>;
}

/** A member in words: `member('m1', 'a b', 'a0 a1 b0', 3)`; topics have one letter in what is owned. */
export function member(memberId: string, topics: string, owned = '', generation = 1): GroupMember {
  return {
    memberId,
    topics: words(topics),
    owned: words(owned).map((word) => ({
      topic: word.slice(0, 1),
      partitions: [Number(word.slice(1))],
    })),
    generation,
  };
}

/** An assignment in the same words: `a0 a1 b0`, sorted. */
export function inWords(assignment: Assignment | undefined): string {
  return [...(assignment ?? [])]
    .flatMap(([topic, partitions]) => partitions.map((partition) => `${topic}${partition}`))
    .sort()
    .join(' ');
}

export function sizeOf(assignment: Assignment | undefined): number {
  return [...(assignment ?? [])].reduce((sum, [, partitions]) => sum + partitions.length, 0);
}

/**
 * At most 4 members and 6 partitions. Every partition is owned by one member at most, subscribed or not.
 * `equal`: all subscribe to everything.
 */
export function smallGroup(subscriptions: 'equal' | 'any'): fc.Arbitrary<Group> {
  const counts = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 });
  return counts
    .map((sizes) => sizes.map((size, i) => Math.min(size, 6 - i * 2)))
    .filter((sizes) => sizes.reduce((a, b) => a + b, 0) <= 6)
    .chain((sizes) => {
      const names = ['a', 'b', 'c'].slice(0, sizes.length);
      const partitions = names.flatMap((topic, i) =>
        Array.from({ length: sizes[i] ?? 0 }, (_, p) => `${topic}${p}`),
      );
      const topics = subscriptions === 'equal' ? fc.constant(names) : fc.subarray(names);
      return fc
        .record({
          subscribed: fc.array(topics, { minLength: 1, maxLength: 4 }),
          owners: fc.tuple(...partitions.map(() => fc.option(fc.nat(3)))),
        })
        .map(({ subscribed, owners }) => ({
          counts: new Map(names.map((name, i) => [name, sizes[i] ?? 0])),
          members: subscribed.map((list, i) =>
            member(`m${i}`, list.join(' '), partitions.filter((_, p) => owners[p] === i).join(' ')),
          ),
        }));
    });
}

/** Unlike subscriptions, claims that contradict each other or make no sense. */
export const largeGroup: fc.Arbitrary<Group> = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6, size: 'max' }),
    members: fc.array(
      fc.record({
        wants: fc.array(fc.nat(5), { maxLength: 4 }),
        has: fc.array(fc.tuple(fc.nat(5), fc.nat(11))),
      }),
      { minLength: 1, maxLength: 9, size: 'max' },
    ),
  })
  .map(({ sizes, members }) => ({
    counts: new Map(sizes.map((size, i) => [`t${i}`, size])),
    members: members.map(({ wants, has }, i) => ({
      memberId: `m${i}`,
      topics: wants.map((topic) => `t${topic}`),
      owned: has.map(([topic, partition]) => ({ topic: `t${topic}`, partitions: [partition] })),
      generation: i % 3,
    })),
  }));

export const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GroupModel } from './group-model.ts';

test('whatever happens to a group, no partition is ever held by two, and two rounds later all are held and stay', () => {
  const seen = { withheld: 0, drained: 0, staleClaims: 0, missedSyncs: 0 };
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 60, size: 'max' }), (events) => {
      const group = new GroupModel();
      for (const apply of events) apply(group);

      for (const id of group.members.keys()) group.wake(id);
      for (let i = 0; i < 2; i++) {
        group.rebalance();
        for (const id of group.members.keys()) group.drain(id);
      }
      group.assertComplete();
      const holdings = group.holdings();
      group.rebalance();
      assert.deepEqual(group.holdings(), holdings);
      for (const key of ['withheld', 'drained', 'staleClaims', 'missedSyncs'] as const)
        seen[key] += group.seen[key];
    }),
    { numRuns: 1000 },
  );
  for (const [what, times] of Object.entries(seen)) assert.ok(times > 0, `${what} never happened`);
});

const topics = ['a', 'b', 'c', 'd', 'e'];
const subscription = fc.oneof(
  fc.constant(['a', 'b']),
  fc.subarray(topics, { minLength: 1, maxLength: 3 }),
);

/** Something that happens to the group; `n` picks the member that it happens to. */
type Event = (group: GroupModel) => void;

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: subscription.map(
      (list): Event =>
        (group) =>
          group.join(list),
    ),
  },
  { weight: 6, arbitrary: fc.constant<Event>((group) => group.rebalance()) },
  { weight: 4, arbitrary: onMember((group, id) => group.drain(id)) },
  { weight: 2, arbitrary: onMember((group, id) => group.rebalance(id)) },
  { weight: 1, arbitrary: onMember((group, id) => group.leave(id)) },
  { weight: 2, arbitrary: onMember((group, id) => group.loseSession(id)) },
  { weight: 2, arbitrary: onMember((group, id) => group.wake(id)) },
  {
    weight: 1,
    arbitrary: fc.tuple(subscription, fc.nat()).map(
      ([list, n]): Event =>
        (group) => {
          const member = [...group.members.values()][n % Math.max(1, group.members.size)];
          if (member) member.topics = list;
        },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...topics), fc.integer({ min: 1, max: 6 })).map(
      ([topic, more]): Event =>
        (group) =>
          group.counts.set(topic, (group.counts.get(topic) ?? 0) + more),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...topics).map(
      (topic): Event =>
        (group) =>
          group.counts.delete(topic),
    ),
  },
);

function onMember(happen: (group: GroupModel, id: string) => void): fc.Arbitrary<Event> {
  return fc.nat().map((n) => (group) => {
    const ids = [...group.members.keys()];
    const id = ids[n % Math.max(1, ids.length)];
    if (id !== undefined) happen(group, id);
  });
}

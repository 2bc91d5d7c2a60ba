/**
 * Settles who holds what: the members' own word, weighed. Doesn't look at balance.
 */
import type { Roster, Seat, Topic } from './roster.ts';

/**
 * The holder of each partition of each topic. `CONTESTED`: claimed by several members in the same generation.
 * undefined: claimed by nobody.
 */
export type Holders = ReadonlyMap<Topic, readonly Holder[]>;
export type Holder = Seat | typeof CONTESTED | undefined;

export const CONTESTED = 'contested';

/** Whether one member, and no other, holds the partition. */
export const isSeat = (holder: Holder): holder is Seat => typeof holder === 'object';

/**
 * The claim of the highest generation holds. A member that lost its session and doesn't know it yet claims with the
 * generation of its last assignment, and whoever got the partition since then claims with a later one. A low
 * generation alone voids nothing: a member whose SyncGroup failed is a generation behind and holds what it holds.
 *
 * Equal claims can't come from members that keep the protocol. Neither is believed: the partition is nobody's for
 * one round, so both let go, and it starts anew from the committed offset.
 *
 * A claim counts as well when the member doesn't subscribe to the topic any more: it may not keep the partition, but
 * until it has let go nobody else may start. Topics and partitions that don't exist are passed over.
 */
export function settleClaims(roster: Roster): Holders {
  const claims = new Map(
    roster.topics.map((topic) => [topic.name, new Array<Claim | undefined>(topic.partitions)]),
  );
  for (const seat of roster.cohorts.flatMap((cohort) => cohort.seats)) {
    for (const { topic, partitions } of seat.member.owned) {
      const ofTopic = claims.get(topic);
      if (ofTopic === undefined) continue;
      for (const partition of partitions) {
        if (partition < 0 || partition >= ofTopic.length) continue;
        ofTopic[partition] = weigh(ofTopic[partition], seat);
      }
    }
  }
  return new Map(
    roster.topics.map((topic) => [
      topic,
      Array.from(claims.get(topic.name) ?? [], (claim) => claim?.holder),
    ]),
  );
}

interface Claim {
  readonly holder: Seat | typeof CONTESTED;
  readonly generation: number;
}

function weigh(present: Claim | undefined, seat: Seat): Claim {
  const { generation } = seat.member;
  if (present === undefined || generation > present.generation) return { holder: seat, generation };
  if (generation < present.generation || present.holder === seat) return present;
  return { holder: CONTESTED, generation };
}

/**
 * The leader's decision: which member gets which partitions in this round. Pure; it neither decodes nor sends.
 */
import { invariant } from '../../contract/invariant.ts';
import type { Assignment } from './assignment.ts';
import { type Holder, type Holders, isSeat, settleClaims } from './claims.ts';
import { Counts } from './counts.ts';
import { deal } from './deal.ts';
import {
  type Cohort,
  type GroupMember,
  type Roster,
  readRoster,
  type Seat,
  type Topic,
} from './roster.ts';
import { shareOut } from './share-out.ts';

/**
 * An assignment for every member, empty ones included; the same for the same members in any order.
 *
 * - Balanced: each partition goes to a subscriber of its topic, and no other assignment has a smaller sum of squared
 *   loads. So members with equal subscriptions differ by at most one, and nothing could be moved, directly or over
 *   third members, to somebody with two less.
 * - Sticky: with equal subscriptions no balanced assignment moves fewer partitions, and a member keeps the smaller of
 *   what it holds and its load. With unlike ones nothing moves unless balance is won by it.
 * - Cooperative (KIP-429): a partition that somebody other than its future owner still holds is given to nobody. The
 *   holder finds it missing, lets go and rejoins; the round after that gives it to the new owner.
 *
 * `partitionCounts` must hold every topic that any member names: a topic without a count is given to nobody, which
 * takes it from its owners. O((partitions + members x topics) log members); where subscriptions are unlike, a search
 * over them for each partition that moves between them comes on top.
 */
export function assign(
  members: readonly GroupMember[],
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, Assignment> {
  const roster = readRoster(members, partitionCounts);
  const holders = settleClaims(roster);
  const held = count(roster, holders);
  const portions = shareOut(held);
  const targets = new Map(
    [...held].map(([cohort, counts]) => [cohort, deal(counts, portions.get(cohort) ?? [])]),
  );
  return handOut(roster, holders, targets);
}

/** What each member holds and may keep: of topics that it doesn't subscribe to any more, nothing. */
function count(roster: Roster, holders: Holders): Map<Cohort, Counts> {
  const held = new Map(
    roster.cohorts.map((cohort) => [cohort, new Counts(cohort.seats.length, cohort.topics.length)]),
  );
  for (const [topic, ofTopic] of holders) {
    for (const holder of ofTopic) {
      if (!isSeat(holder)) continue;
      const column = holder.cohort.columns.get(topic);
      if (column !== undefined) held.get(holder.cohort)?.add(holder.row, column, 1);
    }
  }
  return held;
}

function handOut(
  roster: Roster,
  holders: Holders,
  targets: ReadonlyMap<Cohort, Counts>,
): Map<string, Assignment> {
  const assignments = new Map<string, Map<string, number[]>>();
  for (const { seats } of roster.cohorts) {
    for (const { member } of seats) assignments.set(member.memberId, new Map());
  }
  for (const [topic, ofTopic] of holders) {
    for (const [partition, owner] of ownersOf(topic, ofTopic, targets).entries()) {
      const holder = ofTopic[partition];
      if (owner === undefined || (holder !== undefined && holder !== owner)) continue;
      const assignment = assignments.get(owner.member.memberId);
      const partitions = assignment?.get(topic.name);
      if (partitions === undefined) assignment?.set(topic.name, [partition]);
      else partitions.push(partition);
    }
  }
  return assignments;
}

/** The future owner of each partition: holders keep as many as they shall have, the others get what is left. */
function ownersOf(
  topic: Topic,
  holders: readonly Holder[],
  targets: ReadonlyMap<Cohort, Counts>,
): readonly (Seat | undefined)[] {
  const owners = new Array<Seat | undefined>(topic.partitions);
  const wanting = new Map<Seat, number>();
  for (const cohort of topic.cohorts) {
    const column = cohort.columns.get(topic) ?? 0;
    for (const seat of cohort.seats) {
      const size = targets.get(cohort)?.get(seat.row, column) ?? 0;
      if (size > 0) wanting.set(seat, size);
    }
  }
  const rest: number[] = [];
  for (const [partition, holder] of holders.entries()) {
    const left = isSeat(holder) ? (wanting.get(holder) ?? 0) : 0;
    if (isSeat(holder) && left > 0) {
      owners[partition] = holder;
      wanting.set(holder, left - 1);
    } else {
      rest.push(partition);
    }
  }
  let given = 0;
  for (const [seat, left] of wanting) {
    for (const partition of rest.slice(given, given + left)) owners[partition] = seat;
    given += left;
  }
  invariant(
    given === rest.length,
    `${rest.length} partitions of ${topic.name} were dealt as ${given}`,
  );
  return owners;
}

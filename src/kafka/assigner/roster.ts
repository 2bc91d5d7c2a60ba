/**
 * The members and topics of one round as a graph of objects. Members are sorted first, so that nothing after it
 * depends on the order in which they came. Knows nothing of balance.
 */
import { invariant } from '../../contract/invariant.ts';
import type { TopicPartitions } from './topic-partitions.ts';

/** A member as the leader decodes it: its id from JoinGroup, the rest from its metadata. */
export interface GroupMember {
  readonly memberId: string;
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartitions[];
  readonly generation: number;
}

export interface Roster {
  readonly cohorts: readonly Cohort[];
  /** Topics that somebody subscribes to and whose partition count is known. */
  readonly topics: readonly Topic[];
}

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  /** Cohorts that subscribe to it. */
  readonly cohorts: readonly Cohort[];
}

/** All members with one and the same subscription: within it, every partition may go to every member. */
export interface Cohort {
  readonly topics: readonly Topic[];
  /** Place of each topic in `topics`; what is not in it isn't subscribed. */
  readonly columns: ReadonlyMap<Topic, number>;
  readonly seats: readonly Seat[];
}

/** One member. */
export interface Seat {
  readonly member: GroupMember;
  readonly cohort: Cohort;
  /** Place in the cohort's `seats`. */
  readonly row: number;
}

/** Topics without a usable count in `partitionCounts` (an integer above 0) count as not subscribed. */
export function readRoster(
  members: readonly GroupMember[],
  partitionCounts: ReadonlyMap<string, number>,
): Roster {
  const topics = new Map<string, OpenTopic>();
  const cohorts = new Map<string, OpenCohort>();
  const known = new Map<string, OpenCohort>();
  for (const member of inOrder(members)) {
    // Members mostly send the very same list; comparing it as a whole saves looking up each topic of each member.
    const list = JSON.stringify(member.topics);
    const cohort = known.get(list) ?? cohortOf(member.topics, partitionCounts, topics, cohorts);
    known.set(list, cohort);
    cohort.seats.push({ member, cohort, row: cohort.seats.length });
  }
  return { cohorts: [...cohorts.values()], topics: [...topics.values()] };
}

function cohortOf(
  names: readonly string[],
  partitionCounts: ReadonlyMap<string, number>,
  topics: Map<string, OpenTopic>,
  cohorts: Map<string, OpenCohort>,
): OpenCohort {
  const usable = [...new Set(names)].filter((name) => isCount(partitionCounts.get(name))).sort();
  const key = JSON.stringify(usable);
  const present = cohorts.get(key);
  if (present !== undefined) return present;

  const cohort: OpenCohort = { topics: [], columns: new Map(), seats: [] };
  cohorts.set(key, cohort);
  for (const name of usable) {
    const partitions = partitionCounts.get(name) ?? 0;
    const topic = topics.get(name) ?? { name, partitions, cohorts: [] };
    topics.set(name, topic);
    topic.cohorts.push(cohort);
    cohort.columns.set(topic, cohort.topics.length);
    cohort.topics.push(topic);
  }
  return cohort;
}

function isCount(count: number | undefined): boolean {
  return count !== undefined && Number.isInteger(count) && count > 0;
}

/** By id, compared by code unit as everywhere here: a locale must not change an assignment. */
function inOrder(members: readonly GroupMember[]): GroupMember[] {
  const sorted = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  for (const [i, { memberId }] of sorted.entries()) {
    invariant(
      sorted[i - 1]?.memberId !== memberId,
      `two members of a group have the id ${memberId}`,
    );
  }
  return sorted;
}

interface OpenTopic extends Topic {
  readonly cohorts: Cohort[];
}

interface OpenCohort extends Cohort {
  readonly topics: Topic[];
  readonly columns: Map<Topic, number>;
  readonly seats: Seat[];
}

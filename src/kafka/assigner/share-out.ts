/**
 * Decides how many partitions of each topic each cohort gets. Inside a cohort every member is as good as another, so
 * the question of balance between unlike subscriptions is settled here, in numbers alone; `deal.ts` goes on inside.
 */
import type { Counts } from './counts.ts';
import { Even, Poured } from './gauge.ts';
import { Heap } from './heap.ts';
import { type CohortNode, level, type Share, type TopicNode } from './level.ts';
import type { Cohort, Topic } from './roster.ts';

/** Per topic of the cohort, in the order of `Cohort.topics`, the number of partitions it is to have. */
export type Portions = readonly number[];

/**
 * No assignment has a smaller sum of squared member loads. That optimum is sought first while all keep what they
 * hold, and only what is missing to it then moves: a group that has reached it stays as it is.
 */
export function shareOut(held: ReadonlyMap<Cohort, Counts>): Map<Cohort, Portions> {
  const topics = new Map<Topic, TopicNode>();
  const cohorts = new Map<Cohort, CohortNode>();
  for (const [cohort, counts] of held) cohorts.set(cohort, join(cohort, counts, topics));

  for (const topic of topics.values()) pour(topic);
  level([...cohorts.values()], isFree);
  for (const [cohort, node] of cohorts) node.gauge = new Even(total(node), cohort.seats.length);
  level([...cohorts.values()], isAny);
  return new Map([...cohorts].map(([cohort, node]) => [cohort, node.shares.map((s) => s.size)]));
}

function join(cohort: Cohort, counts: Counts, topics: Map<Topic, TopicNode>): CohortNode {
  const floor = cohort.seats.map((_, row) => counts.ofRow(row));
  const node: CohortNode = { gauge: new Poured(floor), shares: [], settled: false, visit: null };
  for (const [column, topic] of cohort.topics.entries()) {
    const known = topics.get(topic) ?? { partitions: topic.partitions, shares: [], visit: null };
    topics.set(topic, known);
    const held = counts.ofColumn(column);
    const share: Share = { cohort: node, topic: known, held, size: held };
    node.shares.push(share);
    known.shares.push(share);
  }
  return node;
}

/** Gives each partition that nobody holds to the cohort with the least loaded member. */
function pour(topic: TopicNode): void {
  const free = topic.shares.reduce((left, { held }) => left - held, topic.partitions);
  const neediest = new Heap(topic.shares, (a, b) => a.cohort.gauge.low - b.cohort.gauge.low);
  neediest.serve(free, (share) => {
    share.size += 1;
    share.cohort.gauge.add();
    return true;
  });
}

const isFree = ({ size, held }: Share): boolean => size > held;
const isAny = ({ size }: Share): boolean => size > 0;

function total({ shares }: CohortNode): number {
  return shares.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Takes partitions from loaded cohorts and hands them to idle ones until no more balance can be won, over as many
 * stations as it takes: a cohort that can't take what the loaded one has may take it from a third that can. Numbers
 * of partitions only; what may move at all is the caller's rule.
 *
 * Harvey, Ladner, Lovász and Tamir, "Semi-matchings for bipartite graphs and load balancing", J. Algorithms 59
 * (2006): the sum of squared loads is least exactly when no such path leads to a member with two less.
 */
import { invariant } from '../../contract/invariant.ts';
import type { Gauge } from './gauge.ts';

export interface CohortNode {
  gauge: Gauge;
  readonly shares: Share[];
  /** Nothing can be won any more from here, nor from what can be reached from here. */
  settled: boolean;
  visit: Visit | null;
}

export interface TopicNode {
  readonly partitions: number;
  readonly shares: Share[];
  visit: Visit | null;
}

/** The last search that came by, and the share by which it came. */
interface Visit {
  readonly reached: Reached;
  readonly by: Share;
}

/** What one cohort has of one topic to which it subscribes. */
export interface Share {
  readonly cohort: CohortNode;
  readonly topic: TopicNode;
  /** Partitions that members of the cohort hold. */
  readonly held: number;
  /** Partitions that the cohort is to have. */
  size: number;
}

/**
 * Changes the sizes of shares and the gauges. `mayPass` says from which shares a partition may be taken.
 *
 * The most loaded come first. Where a search from there fails, everything that it reached is at most one lower, and
 * no later path can end in it: it is settled. So there is one search for each move, and one that fails per cohort.
 */
export function level(cohorts: readonly CohortNode[], mayPass: (share: Share) => boolean): void {
  const byHigh: CohortNode[][] = [];
  const file = (cohort: CohortNode): void => {
    const { high } = cohort.gauge;
    while (byHigh.length <= high) byHigh.push([]);
    byHigh[high]?.push(cohort);
  };
  for (const cohort of cohorts) {
    cohort.settled = false;
    file(cohort);
  }
  let open = cohorts.length;
  // Nobody can have two less than a load of 1.
  while (byHigh.length > 2) {
    const high = byHigh.length - 1;
    const source = byHigh[high]?.pop();
    if (source === undefined) {
      byHigh.pop();
    } else if (!source.settled && source.gauge.high === high) {
      const reached = [source];
      const end = findLower(reached, { low: high - 2, mayPass, open });
      if (end === undefined) {
        for (const cohort of reached) cohort.settled = true;
        open -= reached.length;
      } else {
        passAlong(source, end);
        file(source);
        file(end);
      }
    }
  }
}

interface Aim {
  /** Load to find, or lower. */
  readonly low: number;
  readonly mayPass: (share: Share) => boolean;
  /** Cohorts that aren't settled: when all are reached, looking on is of no use. */
  readonly open: number;
}

/**
 * The nearest cohort with a member as low as the aim to which the source, alone in `reached`, can pass a partition;
 * of several the least loaded. Breadth first, so that as few partitions as possible change hands. Adds all that it
 * came by to `reached`.
 */
function findLower(reached: Reached, aim: Aim): CohortNode | undefined {
  for (let from = 0, to = 1; from < to; from = to, to = reached.length) {
    spread(reached, reached.slice(from, to), aim);
    const best = leastLoaded(reached.slice(to));
    if (best !== undefined && best.gauge.low <= aim.low) return best;
  }
  return undefined;
}

/** One step on from each cohort of the outermost ring. */
function spread(reached: Reached, ring: readonly CohortNode[], aim: Aim): void {
  for (const { shares } of ring) {
    for (const share of shares) {
      if (reached.length === aim.open) return;
      if (aim.mayPass(share)) offer(share, reached);
    }
  }
}

/** Cohorts in the order in which a search came to them, the source first. */
type Reached = CohortNode[];

function offer(share: Share, reached: Reached): void {
  const { topic } = share;
  if (topic.visit?.reached === reached) return;
  topic.visit = { reached, by: share };
  for (const by of topic.shares) {
    const { cohort } = by;
    if (cohort.settled || cohort === reached[0] || cohort.visit?.reached === reached) continue;
    cohort.visit = { reached, by };
    reached.push(cohort);
  }
}

function leastLoaded(cohorts: readonly CohortNode[]): CohortNode | undefined {
  let best = cohorts[0];
  for (const cohort of cohorts) if (best && cohort.gauge.low < best.gauge.low) best = cohort;
  return best;
}

/** Walks the way of the search back: at every station one partition comes in and one goes out. */
function passAlong(source: CohortNode, end: CohortNode): void {
  for (let cohort = end; cohort !== source; ) {
    const taken = cohort.visit?.by;
    const given = taken?.topic.visit?.by;
    invariant(taken !== undefined && given !== undefined, 'a path between two cohorts has a gap');
    taken.size += 1;
    given.size -= 1;
    cohort = given.cohort;
  }
  source.gauge.remove();
  end.gauge.add();
}

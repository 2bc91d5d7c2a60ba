/**
 * The naive model of the assigner: tries every assignment there is. Shares no code with it.
 */
import { type Group, inWords } from './group-of.ts';

export interface Best {
  /** The least sum of squared loads that any assignment has. */
  readonly squares: number;
  /** Among the assignments that have it, the fewest partitions that have to leave a member. */
  readonly moves: number;
}

export function bestSplit({ members, counts }: Group): Best {
  const partitions = [...counts].flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => ({
      takers: members.flatMap(({ topics }, i) => (topics.includes(topic) ? [i] : [])),
      owner: members.findIndex(({ owned }) =>
        inWords(merge(owned)).split(' ').includes(`${topic}${partition}`),
      ),
    })),
  );
  const given = partitions.filter(({ takers }) => takers.length > 0);
  let best: Best = { squares: Number.POSITIVE_INFINITY, moves: 0 };
  const loads = members.map(() => 0);
  const next = (at: number, moves: number): void => {
    const partition = given[at];
    if (partition === undefined) {
      const squares = sumOfSquares(loads);
      if (squares < best.squares || (squares === best.squares && moves < best.moves))
        best = { squares, moves };
      return;
    }
    for (const taker of partition.takers) {
      loads[taker] = (loads[taker] ?? 0) + 1;
      next(at + 1, moves + (partition.owner !== -1 && partition.owner !== taker ? 1 : 0));
      loads[taker] = (loads[taker] ?? 0) - 1;
    }
  };
  next(0, 0);
  return best;
}

export function sumOfSquares(loads: readonly number[]): number {
  return loads.reduce((sum, load) => sum + load * load, 0);
}

function merge(
  owned: readonly { topic: string; partitions: readonly number[] }[],
): Map<string, number[]> {
  const merged = new Map<string, number[]>();
  for (const { topic, partitions } of owned)
    merged.set(topic, [...(merged.get(topic) ?? []), ...partitions]);
  return merged;
}

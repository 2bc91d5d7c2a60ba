import { groupBy } from '../group-by.ts';
import type { Call } from './journal.ts';

/** What is known apart from the journal. */
export interface Facts {
  /** By partition: one past the last offset that was produced, and what the group has committed at the end. */
  readonly ends: ReadonlyMap<number, bigint>;
  readonly committed: ReadonlyMap<number, bigint>;
  /** Processes that were killed without a chance to stop. */
  readonly killed: ReadonlySet<number>;
  /** Records of a partition that a kill may cause to be handled again. */
  readonly maxUncommitted: number;
}

/** What came of the run, counted by record, never by totals that could make up for one another. */
export interface Verdict {
  readonly produced: number;
  readonly handled: number;
  /** Produced and never handled to the end. */
  readonly lost: readonly string[];
  /** Handled again after a kill, within the bound. */
  readonly again: readonly string[];
  /** Handled again without a reason, or beyond the bound. */
  readonly twice: readonly string[];
  readonly keys: number;
  /** Records that started before an earlier one of their key had ended. */
  readonly disordered: readonly string[];
  /** Partitions whose committed offset isn't their end. */
  readonly uncommitted: readonly number[];
  readonly hasHeld: boolean;
}

/** Judges a run by the calls of the handler, in the order of their starts. */
export function judge(calls: readonly Call[], facts: Facts): Verdict {
  const byRecord = groupBy(calls, ({ partition, offset }) => `${partition}/${offset}`);
  const lost: string[] = [];
  let produced = 0;
  for (const [partition, end] of facts.ends) {
    produced += Number(end);
    for (let offset = 0; offset < Number(end); offset++) {
      const name = `${partition}/${offset}`;
      if (!byRecord.get(name)?.some((call) => call.end !== null)) lost.push(name);
    }
  }
  const { again, twice } = repetitions(byRecord, facts);
  const uncommitted = [...facts.ends]
    .filter(([partition, end]) => facts.committed.get(partition) !== end)
    .map(([partition]) => partition);
  const byKey = groupBy(calls, ({ partition, key }) => `${partition} ${key}`);
  const disordered = [...byKey.values()].flatMap((lane) => outOfOrder(lane, facts.killed));
  const faults = [lost, twice, disordered, uncommitted];
  return {
    produced,
    handled: produced - lost.length,
    lost,
    again,
    twice,
    keys: byKey.size,
    disordered,
    uncommitted,
    hasHeld: faults.every((list) => list.length === 0),
  };
}

/** Records that were handled more than once: explained by a kill, or not. */
function repetitions(
  byRecord: ReadonlyMap<string, readonly Call[]>,
  { killed, maxUncommitted }: Facts,
): { again: string[]; twice: string[] } {
  const again: string[] = [];
  const twice: string[] = [];
  const perPartition = new Map<number, number>();
  for (const [name, calls] of byRecord) {
    const [last] = calls.slice(-1);
    if (calls.length === 1 || !last) continue;
    const isExplained = calls.every((call) => call === last || killed.has(call.pid));
    const count = (perPartition.get(last.partition) ?? 0) + 1;
    perPartition.set(last.partition, count);
    if (isExplained && count <= maxUncommitted * killed.size) again.push(name);
    else twice.push(name);
  }
  return { again, twice };
}

/** The calls of one key that started before the one in front of them had ended, or that step back without a kill. */
function outOfOrder(lane: readonly Call[], killed: ReadonlySet<number>): string[] {
  const wrong: string[] = [];
  for (const [i, call] of lane.entries()) {
    const before = lane[i - 1];
    if (!before) continue;
    const hasEnded = before.end === null ? killed.has(before.pid) : before.end < call.start;
    // After a kill the key goes on at the committed offset: a step back, to another process.
    const isRewind =
      call.offset <= before.offset && killed.has(before.pid) && call.pid !== before.pid;
    if (!hasEnded || (call.offset <= before.offset && !isRewind)) {
      wrong.push(`${call.partition}/${call.offset}`);
    }
  }
  return wrong;
}

import type { Ordering } from '../../contract/config.ts';
import { groupBy } from '../group-by.ts';
import type { FaultName } from './faults.ts';
import { type Call, nameOf } from './journal.ts';

/** What is known apart from the journal. */
export interface Facts {
  /** Each partition: one past the last offset that was produced, and what the group has committed at the end; 0 for nothing. */
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly end: number;
    readonly committed: number;
  }[];
  /** The last line of each thread in the journal. */
  readonly lastSign: ReadonlyMap<string, number>;
  /** Processes that were killed without a chance to stop. */
  readonly killed: ReadonlySet<number>;
  /** How often each of the faults that were asked for has happened. */
  readonly faults: ReadonlyMap<FaultName, number>;
  /** By record: the hash of its key, `-` for none. */
  readonly keys: ReadonlyMap<string, string>;
  readonly ordering: Ordering;
  /** Records of a partition that the end of a process or a thread may cause to be handled again. */
  readonly maxUncommitted: number;
  /** 0: no limit. */
  readonly maxAttempts: number;
  readonly onFailure: 'halt' | 'drop';
}

/** What came of the run, counted by record, never by totals that could make up for one another. Records are topic-partition@offset. */
export interface Verdict {
  readonly produced: number;
  readonly handled: number;
  /** Failed in every attempt that the configuration grants: the handler's own doing, so no promise is broken. */
  readonly dropped: readonly string[];
  readonly halted: readonly string[];
  /** Behind a halted record of their key, as promised. */
  readonly held: readonly string[];
  /** Produced, and none of the above. */
  readonly lost: readonly string[];
  /** Handled again after the end of their process or thread, within the bound. */
  readonly again: readonly string[];
  /** Handled again without a reason, or beyond the bound. */
  readonly twice: readonly string[];
  readonly ordering: Ordering;
  /** What has an order of its own: keys in a partition, or partitions. */
  readonly lanes: number;
  /** Records that started for the first time before the one in front of them was done, or while another of their lane ran. */
  readonly disordered: readonly string[];
  /** Partitions that are not committed up to the first record that isn't done. */
  readonly uncommitted: readonly string[];
  /** Faults that never happened: nothing is proven about them. */
  readonly missing: readonly FaultName[];
  readonly hasHeld: boolean;
}

/** Judges a run by the calls of the handler, in the order of their starts. */
export function judge(calls: readonly Call[], facts: Facts): Verdict {
  const byRecord = groupBy(calls, nameOf);
  const lanes = groupBy(calls, (call) => laneOf(call, facts.ordering));
  const { dropped, halted, held, lost, uncommitted } = ends(byRecord, facts);
  const { again, twice } = repetitions(byRecord, facts);
  const disordered = [...lanes.values()].flatMap((lane) => outOfOrder(lane, facts));
  const produced = facts.partitions.reduce((sum, { end }) => sum + end, 0);
  const missing = [...facts.faults].filter(([, count]) => count === 0).map(([name]) => name);
  const wrong: readonly (readonly string[])[] = [lost, twice, disordered, uncommitted, missing];
  return {
    produced,
    handled: produced - dropped.length - halted.length - held.length - lost.length,
    dropped,
    halted,
    held,
    lost,
    again,
    twice,
    ordering: facts.ordering,
    lanes: lanes.size,
    disordered,
    uncommitted,
    missing,
    hasHeld: wrong.every((list) => list.length === 0),
  };
}

type Ends = Pick<Verdict, 'dropped' | 'halted' | 'held' | 'lost' | 'uncommitted'>;

/** What became of each record that was produced, and whether the commit of its partition says the same. */
function ends(byRecord: ReadonlyMap<string, readonly Call[]>, facts: Facts): Ends {
  const found = { dropped: [], halted: [], held: [], lost: [], uncommitted: [] } as {
    [Name in keyof Ends]: string[];
  };
  for (const { topic, partition, end, committed } of facts.partitions) {
    let open = end;
    const blocked = new Set<string>();
    for (let offset = 0; offset < end; offset++) {
      const name = nameOf({ topic, partition, offset });
      const calls = byRecord.get(name) ?? [];
      if (calls.some(({ outcome }) => outcome === 'ok')) continue;
      const hasFailed = isGivenUp(calls.at(-1), facts);
      if (hasFailed && facts.onFailure === 'drop') {
        found.dropped.push(name);
        continue;
      }
      open = Math.min(open, offset);
      const lane = laneOf({ topic, partition, key: facts.keys.get(name) ?? '-' }, facts.ordering);
      if (hasFailed) {
        found.halted.push(name);
        if (lane !== null) blocked.add(lane);
      } else if (calls.length === 0 && lane !== null && blocked.has(lane)) found.held.push(name);
      else found.lost.push(name);
    }
    if (committed !== open) found.uncommitted.push(`${topic}-${partition}`);
  }
  return found;
}

/** Whether the last call of a record was the last that it is granted. */
const isGivenUp = (call: Call | undefined, { maxAttempts }: Facts): boolean =>
  call !== undefined &&
  (call.outcome === 'final' || (maxAttempts !== 0 && call.attempt >= maxAttempts));

/** Records of which a call had ended well and that were called again: explained by the end of a process or a thread, or not. */
function repetitions(
  byRecord: ReadonlyMap<string, readonly Call[]>,
  { killed, maxUncommitted }: Facts,
): { again: string[]; twice: string[] } {
  const again: string[] = [];
  const twice: string[] = [];
  const calls = [...byRecord.values()].flat();
  const dead = new Set(calls.filter(isThreadFault).map(({ thread }) => thread));
  const perPartition = new Map<string, number>();
  for (const [name, its] of byRecord) {
    const last = its.at(-1) as Call;
    const done = its.filter((call) => call.outcome === 'ok' && call !== last);
    if (done.length === 0) continue;
    const isExplained = done.every(({ pid, thread }) => killed.has(pid) || dead.has(thread));
    const partition = `${last.topic}-${last.partition}`;
    const count = (perPartition.get(partition) ?? 0) + 1;
    perPartition.set(partition, count);
    const bound = maxUncommitted * (killed.size + dead.size);
    if (isExplained && count <= bound) again.push(name);
    else twice.push(name);
  }
  return { again, twice };
}

const isThreadFault = ({ outcome }: Call): boolean =>
  outcome === 'thread-exit' || outcome === 'hang';

/** The records of one lane that broke its order, each once. */
function outOfOrder(lane: readonly Call[], facts: Facts): string[] {
  const wrong = new Set<string>();
  // No two calls at the same time: of the first, or of one that is made again.
  for (const [i, call] of lane.entries()) {
    const before = lane[i - 1];
    if (before && !hasEnded(before, call, facts)) wrong.add(nameOf(call));
  }
  // First calls in the order of the offsets, each after the one in front of it was done.
  const records = [...groupBy(lane, nameOf).values()].sort((a, b) => offsetOf(a) - offsetOf(b));
  for (const [i, calls] of records.entries()) {
    const before = records[i - 1];
    const [first] = calls;
    if (before && first && first.start < doneAt(before, facts)) wrong.add(nameOf(first));
  }
  return [...wrong];
}

const offsetOf = (calls: readonly Call[]): number => (calls[0] as Call).offset;

/** Whether a call was over when another started. Without a noted end it was if its thread gave no sign of life since. */
const hasEnded = (before: Call, call: Call, { lastSign }: Facts): boolean =>
  (before.end ?? lastSign.get(before.thread) ?? before.start) < call.start;

/** The place in the journal from which on the next record of the lane may start. */
function doneAt(calls: readonly Call[], facts: Facts): number {
  const done = calls.find(({ outcome }) => outcome === 'ok');
  if (done) return done.end as number;
  const last = calls.at(-1) as Call;
  const isDropped = facts.onFailure === 'drop' && isGivenUp(last, facts);
  return isDropped ? (last.end ?? last.start) : Number.POSITIVE_INFINITY;
}

/** What keeps an order: a key in a partition, or a partition; null: nothing. */
function laneOf(
  { topic, partition, key }: Pick<Call, 'topic' | 'partition' | 'key'>,
  ordering: Ordering,
): string | null {
  if (ordering === 'none' || (ordering === 'key' && key === '-')) return null;
  return ordering === 'key' ? `${topic} ${partition} ${key}` : `${topic} ${partition}`;
}

import { number } from '../screen.ts';
import type { TrialResult } from './trial.ts';
import type { Verdict } from './verdict.ts';

/** The verdict as text; records that broke a promise are named, the first few of them. */
export function showVerdict({ verdict, faults, exits }: TrialResult, hasHeld: boolean): string {
  const rows: readonly (readonly [string, string, string] | null)[] = [
    ['produced', number(verdict.produced), ''],
    ['handled', number(verdict.handled), ''],
    counted('dropped', verdict.dropped, 'by the policy onFailure; '),
    counted('halted', verdict.halted, 'by the policy onFailure; '),
    counted('  behind them', verdict.held, ''),
    ['lost', number(verdict.lost.length), some(verdict.lost)],
    ['handled twice', number(verdict.again.length + verdict.twice.length), explained(verdict)],
    ['  without reason', number(verdict.twice.length), some(verdict.twice)],
    order(verdict),
    verdict.uncommitted.length === 0
      ? ['committed', 'all', 'every partition up to what is done']
      : ['committed', 'not so', some(verdict.uncommitted)],
  ];
  const happened = [...faults].map(([name, count]) => [`  ${name}`, number(count), ''] as const);
  const lines = [
    ...rows.filter((row) => row !== null),
    ['faults', '', ''] as const,
    ...happened,
  ].map(([what, value, note]) => `  ${what.padEnd(18)}${value.padStart(8)}  ${note}`.trimEnd());
  return [
    '',
    ...lines,
    '',
    ...exits.map((exit) => `  But ${exit}.`),
    `  ${lastWord(verdict, hasHeld)}`,
  ].join('\n');
}

/** A row for what is rare; null when there is none. */
const counted = (
  what: string,
  records: readonly string[],
  why: string,
): readonly [string, string, string] | null =>
  records.length === 0 ? null : [what, number(records.length), why + some(records)];

const explained = ({ again }: Verdict): string =>
  again.length === 0 ? '' : 'after the end of their process or thread, from the last commit on';

const order = ({ disordered, lanes, ordering }: Verdict): readonly [string, string, string] => {
  if (disordered.length > 0) return ['order', 'broken', some(disordered)];
  if (ordering === 'none') return ['order', 'none', 'as configured'];
  return ['order', 'kept', `${number(lanes)} ${ordering === 'key' ? 'keys' : 'partitions'}`];
};

function lastWord(verdict: Verdict, hasHeld: boolean): string {
  if (hasHeld) return 'The promises held.';
  const { missing } = verdict;
  if (!isOnlyMissing(verdict)) return 'A promise was broken.';
  return `Nothing is proven: ${missing.join(', ')} never happened. Take more records.`;
}

const isOnlyMissing = ({ missing, lost, twice, disordered, uncommitted }: Verdict): boolean =>
  missing.length > 0 && [lost, twice, disordered, uncommitted].every(({ length }) => length === 0);

/** The first records of a list. */
function some(records: readonly string[]): string {
  const more = records.length > SHOWN ? ', …' : '';
  return records.slice(0, SHOWN).join(', ') + more;
}

const SHOWN = 5;

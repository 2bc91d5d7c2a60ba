import { number } from '../screen.ts';
import type { Verdict } from './verdict.ts';

/** The verdict as text; records of the faults are named, the first few of them. */
export function showVerdict(verdict: Verdict, seconds: number, maxUncommitted: number): string {
  const { produced, handled, lost, again, twice, keys, disordered, uncommitted, hasHeld } = verdict;
  const explained =
    again.length === 0
      ? ''
      : `after the kill, from the last commit on; at most ${number(maxUncommitted)} a partition`;
  const rows: [string, string, string][] = [
    ['produced', number(produced), ''],
    ['handled', number(handled), ''],
    ['lost', number(lost.length), some(lost)],
    ['handled twice', number(again.length + twice.length), explained],
    ['  without reason', number(twice.length), some(twice)],
    [
      'order per key',
      disordered.length === 0 ? 'kept' : 'broken',
      disordered.length === 0 ? `${number(keys)} keys` : some(disordered),
    ],
    [
      'committed',
      uncommitted.length === 0 ? 'all' : 'not all',
      uncommitted.length === 0
        ? 'every partition to its end'
        : `partitions ${uncommitted.join(', ')}`,
    ],
    [
      'time',
      `${seconds.toFixed(1)} s`,
      `${number(Math.round(handled / seconds))} records/s; each call works for 10 ms`,
    ],
  ];
  const lines = rows.map(([what, value, note]) =>
    `  ${what.padEnd(18)}${value.padStart(8)}  ${note}`.trimEnd(),
  );
  const end = hasHeld
    ? 'The promises held.'
    : 'A promise was broken. This is a bug: please report it.';
  return ['', ...lines, '', `  ${end}`].join('\n');
}

/** The first records of a list, as partition/offset. */
function some(records: readonly string[]): string {
  const more = records.length > SHOWN ? ', …' : '';
  return records.slice(0, SHOWN).join(', ') + more;
}

const SHOWN = 5;

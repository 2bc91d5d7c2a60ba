/**
 * Deals a cohort's portions to its members: all may have everything, so the loads end within one of each other.
 * Numbers of partitions only; which ones they are is decided in `assign.ts`.
 */
import type { Counts } from './counts.ts';
import { Heap } from './heap.ts';
import type { Portions } from './share-out.ts';

/**
 * From what the members hold makes what they shall have. If the portions cover all that is held, a member keeps the
 * smaller of what it holds and its quota, and no even split moves fewer partitions. What a member gets or gives up is
 * chosen to spread each topic as well; a cohort that holds nothing yet has every topic spread within one.
 */
export function deal(held: Counts, portions: Portions): Counts {
  const target = held.copy();
  giveUpToOthers(target, portions);
  const quotas = quotasOf(target, portions);
  giveUpSurplus(target, portions, quotas);
  dealRest(target, portions, quotas);
  return target;
}

/** Of a topic of which the cohort holds more than its portion, the most loaded members give up first. */
function giveUpToOthers(target: Counts, portions: Portions): void {
  for (const [column, portion] of portions.entries()) {
    const excess = target.ofColumn(column) - portion;
    if (excess <= 0) continue;
    const holders = rowsWhere(target, (row) => target.get(row, column) > 0);
    new Heap(holders, loadedFirst(target)).serve(excess, (row) => {
      target.add(row, column, -1);
      return target.get(row, column) > 0;
    });
  }
}

/** By row. The members that hold most get the ones that are left after the even split, so that they need not move. */
function quotasOf(target: Counts, portions: Portions): readonly number[] {
  const total = portions.reduce((sum, portion) => sum + portion, 0);
  const even = Math.floor(total / target.rows);
  const quotas = new Array<number>(target.rows).fill(even);
  const ranked = rowsWhere(target, () => true).sort(loadedFirst(target));
  for (const row of ranked.slice(0, total % target.rows)) quotas[row] = even + 1;
  return quotas;
}

/** Who holds more than the quota gives up first of the topic that is furthest above its average in the cohort. */
function giveUpSurplus(target: Counts, portions: Portions, quotas: readonly number[]): void {
  for (const [row, quota] of quotas.entries()) {
    const surplus = target.ofRow(row) - quota;
    if (surplus <= 0) continue;
    const above = portions.map((portion, column) => ({
      column,
      // Times the number of members: whole numbers compare exactly.
      by: (): number => target.get(row, column) * target.rows - portion,
    }));
    const held = above.filter(({ column }) => target.get(row, column) > 0);
    new Heap(held, (a, b) => b.by() - a.by() || a.column - b.column).serve(
      surplus,
      ({ column }) => {
        target.add(row, column, -1);
        return target.get(row, column) > 0;
      },
    );
  }
}

/** What nobody has goes to members below their quota: who has least of the topic first, then who lacks most. */
function dealRest(target: Counts, portions: Portions, quotas: readonly number[]): void {
  const lacks = (row: number): number => (quotas[row] ?? 0) - target.ofRow(row);
  for (const [column, portion] of portions.entries()) {
    const rest = portion - target.ofColumn(column);
    if (rest <= 0) continue;
    const order = (a: number, b: number): number =>
      target.get(a, column) - target.get(b, column) || lacks(b) - lacks(a) || a - b;
    new Heap(
      rowsWhere(target, (row) => lacks(row) > 0),
      order,
    ).serve(rest, (row) => {
      target.add(row, column, 1);
      return lacks(row) > 0;
    });
  }
}

function rowsWhere(counts: Counts, test: (row: number) => boolean): number[] {
  const rows: number[] = [];
  for (let row = 0; row < counts.rows; row++) if (test(row)) rows.push(row);
  return rows;
}

const loadedFirst =
  (counts: Counts) =>
  (a: number, b: number): number =>
    counts.ofRow(b) - counts.ofRow(a) || a - b;

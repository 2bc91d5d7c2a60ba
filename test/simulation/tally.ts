import { FAULT_NAMES } from './faults.ts';
import { Observations } from './observations.ts';
import type { Outcome } from './run-seed.ts';

/** What many runs have met, by name: faults, and what was seen of their effects. */
export type Sums = Record<string, number>;

export function addOutcome(sums: Sums, { faults, seen, events }: Outcome): void {
  for (const name of FAULT_NAMES) add(sums, name, faults[name]);
  for (const name of Observations.names) add(sums, name, seen[name]);
  add(sums, 'events', events);
}

export function addSums(sums: Sums, more: Sums): void {
  for (const [name, count] of Object.entries(more)) add(sums, name, count);
}

/** Faults and effects that never happened: runs without them prove nothing about them. */
export const zeros = (sums: Sums): string[] =>
  [...FAULT_NAMES, ...Observations.names].filter((name) => !sums[name]);

function add(sums: Sums, name: string, count: number): void {
  sums[name] = (sums[name] ?? 0) + count;
}

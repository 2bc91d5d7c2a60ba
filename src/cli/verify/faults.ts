import { nearest } from '../../contract/nearest.ts';
import { UsageError } from '../arguments.ts';

/** What can be done to a pipeline, in the order in which it is done. */
export const FAULTS = [
  'revoke',
  'kill',
  'thread-exit',
  'hang',
  'commit-refused',
  'broker-away',
] as const;
export type FaultName = (typeof FAULTS)[number];

/** The faults of the option: names with commas between, all of them by default. Throws UsageError. */
export function faultsOf(text: string | undefined): FaultName[] {
  if (text === undefined) return [...FAULTS];
  const names = new Set(text.split(',').map((name) => name.trim()));
  for (const name of names) {
    if ((FAULTS as readonly string[]).includes(name)) continue;
    const near = nearest(name, FAULTS);
    const advice = near === null ? '' : ` Did you mean "${near}"?`;
    throw new UsageError(
      `--faults takes names of ${FAULTS.join(', ')}, with commas between, not "${name}".${advice}`,
      'verify',
    );
  }
  return FAULTS.filter((name) => names.has(name));
}

import type { FaultName } from './faults.ts';
import { runSeed } from './run-seed.ts';
import { type Scenario, scenarioOf } from './scenario.ts';

/** Parts of a scenario that replace those of its seed. */
export type Overrides = Partial<Scenario>;

/**
 * Makes a failing scenario smaller for as long as it still fails, in whatever way: without faults, with fewer members, partitions,
 * records, threads and keys, in less time. At most `tries` runs.
 */
export async function shrink(seed: number, overrides: Overrides, tries = 200): Promise<Overrides> {
  let best = overrides;
  let left = tries;
  for (let isSmaller = true; isSmaller && left > 0; ) {
    isSmaller = false;
    for (const smaller of smallerThan(scenarioOf(seed, best))) {
      if (left-- <= 0) break;
      const tried = { ...best, ...smaller };
      if ((await runSeed(scenarioOf(seed, tried))).failure === null) continue;
      best = tried;
      isSmaller = true;
      break;
    }
  }
  return best;
}

function* smallerThan(scenario: Scenario): Generator<Overrides> {
  const { faults, members, membersMax, partitions, records, keys, faultsMs, threads, limit } =
    scenario;
  for (const name of Object.keys(faults) as FaultName[]) {
    const { [name]: _without, ...others } = faults;
    yield { faults: others };
  }
  if (members > 1) yield { members: members - 1 };
  if (membersMax > members) yield { membersMax: membersMax - 1 };
  if (partitions > 1) yield { partitions: partitions - 1 };
  if (records > 2) yield { records: Math.ceil(records / 2) };
  if (faultsMs > 1000) yield { faultsMs: Math.ceil(faultsMs / 2) };
  if (threads > 1) yield { threads: threads - 1 };
  if (limit > 1) yield { limit: Math.ceil(limit / 2) };
  if (keys > 1) yield { keys: 1 };
  for (const share of ['hot', 'keyless', 'gaps', 'produce'] as const)
    if (scenario[share] > 0) yield { [share]: 0 };
}

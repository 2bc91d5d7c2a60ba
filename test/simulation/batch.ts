import { runSeed } from './run-seed.ts';
import { scenarioOf } from './scenario.ts';
import { addOutcome, type Sums } from './tally.ts';

/** What came of a range of seeds. */
export interface BatchResult {
  readonly sums: Sums;
  readonly failures: readonly { readonly seed: number; readonly message: string }[];
}

/** Runs every `step`th seed from `from` on, below `to`; ends early after `most` failures. */
export async function runBatch(from: number, to: number, step = 1, most = 5): Promise<BatchResult> {
  const sums: Sums = {};
  const failures: { seed: number; message: string }[] = [];
  const { stackTraceLimit } = Error;
  // The faults make errors by the thousand, whose stacks nobody reads; a failing seed is run again with them.
  Error.stackTraceLimit = 0;
  for (let seed = from; seed < to && failures.length < most; seed += step) {
    const outcome = await runSeed(scenarioOf(seed));
    addOutcome(sums, outcome);
    if (outcome.failure) failures.push({ seed, message: outcome.failure.message });
  }
  Error.stackTraceLimit = stackTraceLimit;
  return { sums, failures };
}

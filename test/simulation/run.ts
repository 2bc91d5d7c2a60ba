import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BatchResult, runBatch } from './batch.ts';
import { runSeed } from './run-seed.ts';
import { scenarioOf } from './scenario.ts';
import { type Overrides, shrink } from './shrink.ts';
import { addSums, type Sums, zeros } from './tally.ts';

/**
 * Runs seeds of the simulation over all cores:
 *
 *   node dist/test/simulation/run.js                    20,000 seeds from 1 on
 *   node dist/test/simulation/run.js --long             500,000, from a seed of the day on
 *   node dist/test/simulation/run.js --seed 123         one seed, with its scenario and the stack of a failure
 *   node dist/test/simulation/run.js --seed 123 --with '{"members":1}'    the same, made smaller
 *
 * Ends with 1 when a promise was broken, and when a fault or an effect never happened, for then the run proves nothing about it.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    with: { type: 'string', default: '{}' },
    from: { type: 'string' },
    seeds: { type: 'string' },
    long: { type: 'boolean', default: false },
    jobs: { type: 'string', default: String(availableParallelism()) },
    batch: { type: 'string' },
  },
});
const FILE = fileURLToPath(import.meta.url);
/** Runs of so many seeds have to meet everything. */
const WHOLE = 10_000;
const COMMAND = 'node dist/test/simulation/run.js';

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const print = (overrides: Overrides): string =>
  Object.keys(overrides).length === 0 ? '' : ` --with '${JSON.stringify(overrides)}'`;

async function runOne(seed: number, overrides: Overrides): Promise<number> {
  const scenario = scenarioOf(seed, overrides);
  say(JSON.stringify(scenario));
  const { failure, faults, seen, events } = await runSeed(scenario);
  say(JSON.stringify({ events, faults, seen }));
  say(failure ? (failure.stack ?? failure.message) : `Seed ${seed} holds.`);
  return failure ? 1 : 0;
}

/** A child process runs its share of the seeds and sends what came of them. */
async function runChild(range: string): Promise<number> {
  const [from = 0, to = 0, step = 1, most = 5] = range.split(',').map(Number);
  process.send?.(await runBatch(from, to, step, most));
  return 0;
}

async function share(from: number, to: number, jobs: number, job: number): Promise<BatchResult> {
  const child = fork(FILE, ['--batch', `${from + job},${to},${jobs}`]);
  const result = once(child, 'message') as Promise<[BatchResult]>;
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`a share of the seeds ended with ${code} and without a result`);
  });
  exited.catch(() => {});
  const [found] = await Promise.race([result, exited]);
  return found;
}

async function runMany(from: number, seeds: number, jobs: number): Promise<number> {
  const startedMs = performance.now();
  const shares = Array.from({ length: jobs }, (_, job) => share(from, from + seeds, jobs, job));
  const results = await Promise.all(shares);
  const sums: Sums = {};
  for (const each of results) addSums(sums, each.sums);
  const failures = results.flatMap((each) => each.failures);
  const tookS = (performance.now() - startedMs) / 1000;
  say(`${seeds} seeds from ${from} on, ${sums['events']} events, in ${tookS.toFixed(1)} s`);
  say(JSON.stringify(sums));
  for (const { seed, message } of failures) {
    say(`\nSeed ${seed} fails: ${message}`);
    say(`  ${COMMAND} --seed ${seed}`);
  }
  const [first] = failures;
  if (first) {
    const smaller = await shrink(first.seed, {});
    say(`\nSeed ${first.seed} made smaller, to be kept in test/simulation/regressions.ts:`);
    say(`  ${COMMAND} --seed ${first.seed}${print(smaller)}`);
  }
  const missing = failures.length > 0 || seeds < WHOLE ? [] : zeros(sums);
  if (missing.length > 0)
    say(`\nNever happened, so nothing is proven of it: ${missing.join(', ')}`);
  return failures.length + missing.length > 0 ? 1 : 0;
}

/** Another range each day, so that a long run is not the one of yesterday. */
const seedOfToday = (): number => Math.floor(Date.now() / 86_400_000) * 1_000_000;

if (values.seed !== undefined) {
  process.exitCode = await runOne(Number(values.seed), JSON.parse(values.with) as Overrides);
} else if (values.batch !== undefined) {
  process.exitCode = await runChild(values.batch);
} else {
  const from = Number(values.from ?? (values.long ? seedOfToday() : 1));
  const seeds = Number(values.seeds ?? (values.long ? 500_000 : 20_000));
  process.exitCode = await runMany(from, seeds, Number(values.jobs));
}

import type { Ordering, PipelineConfig } from '../../src/contract/config.ts';
import { Dice } from './dice.ts';
import type { LogShape } from './log.ts';
import { pipelineOf, RETRY } from './pipeline.ts';

/** What a simulated run is made of; with its seed it is one run, always the same. */
export interface Scenario {
  readonly seed: number;
  /** Events until the faults stop. */
  readonly steps: number;
  readonly ordering: Ordering;
  readonly threads: number;
  /** Records that run at the same time in a thread. */
  readonly limit: number;
  readonly partitions: number;
  readonly maxUncommitted: number;
  /** Outputs under way past which nothing is handed out. */
  readonly outputsMax: number;
  /** Records that the pipeline holds, and twenty times as many bytes. */
  readonly buffer: number;
  readonly commitMode: 'interval' | 'batch';
  readonly maxAttempts: number;
  readonly onFailure: 'halt' | 'drop';
  readonly backoffMs: number;
  readonly jitter: number;
  readonly log: LogShape;
  /** Mean duration of a handler. */
  readonly handlerMs: number;
  readonly rates: Rates;
}

/** Shares of the attempts, or of the events, in which something happens. */
export interface Rates {
  readonly fail: number;
  /** Of the failures: not to be tried again. */
  readonly fatal: number;
  /** Of the failures: with a delay of their own. */
  readonly after: number;
  readonly skip: number;
  readonly produce: number;
  /** Of the outputs: refused. */
  readonly refuse: number;
  readonly die: number;
  readonly hang: number;
  /** Of the records: kill their thread at each attempt. */
  readonly poison: number;
  /** Of the events: a thread is killed. */
  readonly kill: number;
  /** Of the events: a partition goes to another member, with or without a drain. */
  readonly revoke: number;
  readonly lose: number;
  /** Of the commits: the answer is lost, with or without the effect. */
  readonly lostCommit: number;
}

/** A scenario for a seed. Each has a random part of the faults, so that each fault also meets calm around it. */
export function scenarioOf(seed: number, steps: number): Scenario {
  const dice = new Dice(Math.imul(seed, 0x9e3779b1));
  const some = (most: number): number => (dice.chance(0.5) ? dice.next() * most : 0);
  return {
    seed,
    steps,
    ordering: dice.pick(['key', 'key', 'partition', 'none']),
    threads: 1 + dice.below(4),
    limit: dice.pick([1, 2, 4, 16, 64]),
    partitions: 1 + dice.below(4),
    maxUncommitted: dice.pick([4, 20, 100, 1000]),
    outputsMax: dice.pick([1, 5, 1000]),
    buffer: dice.pick([20, 400, 5000]),
    commitMode: dice.pick(['interval', 'interval', 'interval', 'batch']),
    maxAttempts: dice.pick([0, 1, 2, 3, 5]),
    onFailure: dice.pick(['halt', 'drop']),
    backoffMs: dice.pick([0, 1, 20]),
    jitter: dice.pick([0, 0.2, 1]),
    log: {
      keys: dice.pick([1, 3, 20, 200]),
      hot: some(0.9),
      keyless: some(0.5),
      run: dice.pick([0, 0, 20, 300]),
      gaps: some(0.5),
    },
    handlerMs: dice.pick([0.05, 1, 10]),
    rates: {
      fail: some(0.3),
      fatal: some(0.3),
      after: some(0.5),
      skip: some(0.2),
      produce: some(0.5),
      refuse: some(0.3),
      die: some(0.03),
      hang: some(0.02),
      poison: some(0.01),
      kill: some(0.02),
      revoke: some(0.04),
      lose: some(0.03),
      lostCommit: some(0.5),
    },
  };
}

/** The pipeline of a scenario. */
export function pipelineFor(scenario: Scenario): PipelineConfig {
  const { ordering, maxUncommitted, buffer, commitMode, maxAttempts, onFailure } = scenario;
  const { backoffMs: initialMs, jitter } = scenario;
  const backoff = { ...RETRY.backoff, initialMs, maxMs: 40 * initialMs, jitter };
  return pipelineOf({
    ordering,
    maxUncommitted,
    onFailure,
    commit: { mode: commitMode, intervalMs: 1_000 },
    retry: { ...RETRY, maxAttempts, backoff },
    buffer: { maxRecords: buffer, maxBytes: 20 * buffer },
  });
}

import type { PipelineConfig } from '../../src/contract/config.ts';
import { Dice } from '../support/dice.ts';
import { pipelineOf, RETRY } from '../support/pipeline.ts';
import { drawFaults, type FaultRates } from './faults.ts';

/** What a run is made of. With its seed it is one run, always the same. */
export interface Scenario {
  readonly seed: number;
  /** Processes that start with the run, and most that there are at a time. */
  readonly members: number;
  readonly membersMax: number;
  readonly partitions: number;
  /** Records of each partition. */
  readonly records: number;
  /** Different keys of a partition; one of them may be hot. */
  readonly keys: number;
  readonly hot: number;
  readonly keyless: number;
  /** Share of the batches that hold or are followed by offsets without a record. */
  readonly gaps: number;
  readonly threads: number;
  readonly limit: number;
  readonly ordering: PipelineConfig['ordering'];
  readonly maxUncommitted: number;
  readonly bufferRecords: number;
  readonly commit: PipelineConfig['commit'];
  readonly maxAttempts: number;
  readonly onFailure: PipelineConfig['onFailure'];
  readonly backoffMs: number;
  /** Mean duration of a handler. */
  readonly handlerMs: number;
  /** Share of the handled records that produce something. */
  readonly produce: number;
  readonly drainTimeoutMs: number;
  readonly shutdownMs: number;
  /** How long faults come. */
  readonly faultsMs: number;
  readonly faults: FaultRates;
}

/** The scenario of a seed; `overrides` makes it smaller, for shrinking. */
export function scenarioOf(seed: number, overrides: Partial<Scenario> = {}): Scenario {
  const dice = new Dice(Math.imul(seed, 0x9e3779b1) ^ 0x51f15e);
  const some = (most: number): number => (dice.chance(0.5) ? dice.next() * most : 0);
  const members = 1 + dice.below(3);
  return {
    seed,
    members,
    membersMax: members + dice.below(2),
    partitions: 1 + dice.below(4),
    records: dice.pick([4, 12, 30]),
    keys: dice.pick([1, 3, 10]),
    hot: some(0.9),
    keyless: some(0.4),
    gaps: some(0.6),
    threads: 1 + dice.below(2),
    limit: dice.pick([1, 2, 4, 16]),
    ordering: dice.pick(['key', 'key', 'key', 'partition', 'none']),
    maxUncommitted: dice.pick([2, 5, 20, 100]),
    bufferRecords: dice.pick([8, 50, 1000]),
    commit: {
      mode: dice.pick(['interval', 'interval', 'interval', 'batch']),
      intervalMs: dice.pick([100, 1000]),
    },
    maxAttempts: dice.pick([0, 1, 3]),
    onFailure: dice.pick(['halt', 'drop']),
    backoffMs: dice.pick([0, 20, 500]),
    handlerMs: dice.pick([1, 20, 200]),
    produce: some(0.5),
    drainTimeoutMs: dice.pick([300, 3000]),
    shutdownMs: dice.pick([1000, 5000]),
    faultsMs: dice.pick([4000, 10_000, 20_000]),
    faults: drawFaults(dice),
    ...overrides,
  };
}

/** The pipeline of a scenario. */
export function pipelineFor(scenario: Scenario): PipelineConfig {
  const { backoffMs: initialMs, bufferRecords } = scenario;
  const backoff = { ...RETRY.backoff, initialMs, maxMs: 4 * initialMs, jitter: 0.2 };
  const { source } = pipelineOf();
  return pipelineOf({
    source: {
      ...source,
      onOffsetLost: 'earliest',
      sessionTimeoutMs: 6000,
      heartbeatIntervalMs: 1500,
      rebalanceTimeoutMs: 10_000,
      fetch: { maxBytes: 2000, maxPartitionBytes: 500, maxWaitMs: 1000, minBytes: 1 },
    },
    ordering: scenario.ordering,
    maxUncommitted: scenario.maxUncommitted,
    buffer: { maxRecords: bufferRecords, maxBytes: 100 * bufferRecords },
    commit: scenario.commit,
    retry: { ...RETRY, maxAttempts: scenario.maxAttempts, backoff },
    onFailure: scenario.onFailure,
    rebalance: { drainTimeoutMs: scenario.drainTimeoutMs },
  });
}

import type { PipelineConfig, RetryConfig } from '../../src/contract/config.ts';
import type { Failure, FailureKind } from '../../src/contract/verdict.ts';

export const RETRY: RetryConfig = {
  maxAttempts: 5,
  backoff: { type: 'exponential', initialMs: 200, maxMs: 30_000, factor: 2, jitter: 0 },
  notOn: [],
};

/** A checked pipeline with the defaults of the manual, no jitter, and what `overrides` says. */
export function pipelineOf(overrides: Partial<PipelineConfig> = {}): PipelineConfig {
  return {
    id: 'orders',
    source: {
      topics: ['orders'],
      pattern: null,
      groupId: 'orders-svc',
      instanceId: null,
      partitions: null,
      autoOffsetReset: 'earliest',
      onOffsetLost: 'stop',
      isolationLevel: 'readCommitted',
      discoveryIntervalMs: 30_000,
      sessionTimeoutMs: 30_000,
      heartbeatIntervalMs: 2_000,
      rebalanceTimeoutMs: 60_000,
      fetch: { maxBytes: 2 ** 24, maxPartitionBytes: 2 ** 20, maxWaitMs: 100, minBytes: 1 },
    },
    deserialize: { key: 'string', value: 'json' },
    handler: { file: '/app/handler.js', exportName: null },
    options: {},
    ordering: 'key',
    concurrency: 16,
    buffer: { maxRecords: 50_000, maxBytes: 2 ** 26 },
    maxUncommitted: 10_000,
    timeoutMs: 30_000,
    retry: RETRY,
    onFailure: 'halt',
    sink: null,
    commit: { mode: 'interval', intervalMs: 1_000 },
    rebalance: { drainTimeoutMs: 10_000 },
    stuckAfterMs: 60_000,
    workers: null,
    ...overrides,
  };
}

/** A failed attempt as a thread reports it; by default one that may be tried again. */
export function failureOf(overrides: Partial<Failure> & { name?: string } = {}): Failure {
  const { name = 'Error', ...rest } = overrides;
  const kind: FailureKind = 'error';
  const error = { name, message: 'no luck', code: null, stack: null };
  return { kind, error, mayRetry: true, afterMs: null, ...rest };
}

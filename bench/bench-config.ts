import { fileURLToPath } from 'node:url';
import type { MillraceConfig, Ordering } from '../src/contract/config.ts';

/** What a case of the bench sets. */
export interface BenchSetting {
  readonly brokers: string;
  readonly topic: string;
  readonly group: string;
  /** File name in bench/handlers. */
  readonly handler: string;
  readonly threads: number;
  readonly concurrencyPerThread: number;
  readonly ordering: Ordering;
}

/** A configuration with all defaults but for the setting of the case; keys and values stay bytes, as kafkajs gives them. */
export function benchConfig(setting: BenchSetting): MillraceConfig {
  const { threads, concurrencyPerThread } = setting;
  const workers = { threads, concurrencyPerThread, maxHeapBytes: null };
  return {
    kafka: {
      brokers: setting.brokers.split(','),
      clientId: 'bench',
      tls: null,
      sasl: null,
      connectTimeoutMs: 10_000,
    },
    http: null,
    logging: { level: 'info', format: 'json', redact: [] },
    shutdown: { timeoutMs: 25_000 },
    workers,
    pipelines: [
      {
        id: 'bench',
        source: {
          topics: [setting.topic],
          pattern: null,
          groupId: setting.group,
          instanceId: null,
          partitions: null,
          autoOffsetReset: 'earliest',
          onOffsetLost: 'stop',
          isolationLevel: 'readCommitted',
          discoveryIntervalMs: 30_000,
          sessionTimeoutMs: 30_000,
          heartbeatIntervalMs: 2000,
          rebalanceTimeoutMs: 60_000,
          fetch: {
            maxBytes: 16 * 2 ** 20,
            maxPartitionBytes: 2 ** 20,
            maxWaitMs: 100,
            minBytes: 1,
          },
        },
        deserialize: { key: 'bytes', value: 'bytes' },
        handler: {
          file: fileURLToPath(new URL(`../../bench/handlers/${setting.handler}`, import.meta.url)),
          exportName: null,
        },
        options: {},
        ordering: setting.ordering,
        concurrency: threads * concurrencyPerThread,
        buffer: { maxRecords: 50_000, maxBytes: 64 * 2 ** 20 },
        maxUncommitted: 10_000,
        timeoutMs: 30_000,
        retry: {
          maxAttempts: 5,
          backoff: { type: 'exponential', initialMs: 200, maxMs: 30_000, factor: 2, jitter: 0.2 },
          notOn: [],
        },
        onFailure: 'halt',
        sink: null,
        commit: { mode: 'interval', intervalMs: 1000 },
        rebalance: { drainTimeoutMs: 10_000 },
        stuckAfterMs: 60_000,
        workers: null,
      },
    ],
  };
}

import type { PipelineConfig } from '../../contract/config.ts';
import type { FaultName } from './faults.ts';

/** A key that has another value while the pipeline is verified, as for `--set`. */
export interface Override {
  readonly key: string;
  readonly value: string;
}

/** What is laid over the pipeline so that the faults fit into a run, or can happen at all. */
export function overridesOf(pipeline: PipelineConfig, faults: readonly FaultName[]): Override[] {
  const { id, source, timeoutMs, retry, commit } = pipeline;
  const hurtsThreads = faults.includes('thread-exit') || faults.includes('hang');
  const wanted: readonly (readonly [isWanted: boolean, key: string, value: string])[] = [
    // A record that hangs is noticed after this time, and its thread replaced after it once more.
    [faults.includes('hang') && timeoutMs > TIMEOUT_MS, 'timeout', `${TIMEOUT_MS}ms`],
    // The faults themselves take attempts.
    [hurtsThreads && retry.maxAttempts > 0 && retry.maxAttempts < 3, 'retry.maxAttempts', '3'],
    [commit.intervalMs > COMMIT_MS, 'commit.interval', `${COMMIT_MS}ms`],
    // A member that was killed is missed after this time.
    [source.sessionTimeoutMs !== SESSION_MS, 'source.sessionTimeout', `${SESSION_MS}ms`],
    [source.heartbeatIntervalMs > HEARTBEAT_MS, 'source.heartbeatInterval', `${HEARTBEAT_MS}ms`],
    // Two members of one id would fence each other.
    [source.instanceId !== null, 'source.instanceId', ''],
    // The records are there before the first member.
    [source.autoOffsetReset !== 'earliest', 'source.autoOffsetReset', 'earliest'],
  ];
  return wanted
    .filter(([isWanted]) => isWanted)
    .map(([, key, value]) => ({ key: `pipelines.${id}.${key}`, value }));
}

const TIMEOUT_MS = 2000;
const COMMIT_MS = 1000;
/** The least that Kafka's defaults allow. */
const SESSION_MS = 6000;
const HEARTBEAT_MS = 1000;

import type {
  EngineStatus,
  PartitionStatus,
  PipelineStatus,
  ThreadStatus,
  TopicCounts,
} from '../../src/contract/status.ts';
import { DURATION_BUCKETS } from '../../src/contract/thread.ts';

/** A healthy engine: one pipeline, one partition that is read up to its end, one thread. */
export function engine(changes: Partial<EngineStatus> = {}): EngineStatus {
  return { state: 'running', pipelines: [pipeline()], threads: [thread()], ...changes };
}

export function pipeline(changes: Partial<PipelineStatus> = {}): PipelineStatus {
  return {
    id: 'orders',
    state: 'stable',
    groupId: 'orders-svc',
    memberId: 'm-1',
    generation: 1,
    hasJoined: true,
    silentMs: 5,
    partitions: [partition()],
    topics: new Map(),
    inFlight: 0,
    commits: { ok: 0, failed: 0 },
    rebalances: 1,
    stale: 0,
    durations: { sum: 0, counts: new Array(DURATION_BUCKETS.length + 1).fill(0) },
    ...changes,
  };
}

export function partition(changes: Partial<PartitionStatus> = {}): PartitionStatus {
  return {
    topic: 'orders',
    partition: 0,
    state: 'running',
    position: 100n,
    watermark: 100n,
    committed: 100n,
    end: 100n,
    readableEnd: 100n,
    endAgeMs: 5,
    inFlight: 0,
    awaiting: 0,
    buffered: 0,
    bufferedBytes: 0,
    replayBound: 0,
    isPaused: false,
    lanesWaiting: 0,
    lanesHalted: 0,
    holding: null,
    ...changes,
  };
}

export function thread(changes: Partial<ThreadStatus> = {}): ThreadStatus {
  return { id: 0, pool: 'shared', isReady: true, restarts: new Map(), ...changes };
}

export function counts(changes: Partial<TopicCounts> = {}): TopicCounts {
  const failed = { error: 0, timeout: 0, crash: 0, deserialize: 0, schema: 0, produce: 0 };
  return { ack: 0, skip: 0, drop: 0, failed, ...changes };
}

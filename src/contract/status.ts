import type { FailureKind } from './verdict.ts';

/** A snapshot of the running engine, for health, metrics and status pages. Offsets are bigint. */
export interface EngineStatus {
  readonly state: EngineState;
  readonly pipelines: readonly PipelineStatus[];
  readonly threads: readonly ThreadStatus[];
}

export type EngineState = 'starting' | 'running' | 'draining' | 'stopped';

export interface PipelineStatus {
  readonly id: string;
  /** joining, stable, stopping, over: see the member of the group. */
  readonly state: string;
  readonly groupId: string;
  readonly memberId: string;
  readonly generation: number;
  /** Whether the member has had its first assignment. */
  readonly hasJoined: boolean;
  /** Milliseconds since a broker answered; null before the first time. */
  readonly silentMs: number | null;
  readonly partitions: readonly PartitionStatus[];
  readonly topics: ReadonlyMap<string, TopicCounts>;
  /** Records handed to threads. */
  readonly inFlight: number;
  readonly commits: { readonly ok: number; readonly failed: number };
  readonly rebalances: number;
  /** Verdicts of partitions that had been given up. */
  readonly stale: number;
  /** Handler durations: sum in seconds, and a count per bucket of DURATION_BUCKETS plus one for the rest. */
  readonly durations: { readonly sum: number; readonly counts: readonly number[] };
}

export interface PartitionStatus {
  readonly topic: string;
  readonly partition: number;
  /** adopting, running, revoking, stopped. */
  readonly state: string;
  readonly position: bigint | null;
  readonly watermark: bigint | null;
  readonly committed: bigint | null;
  /** End of the log, transactions that are open included; null when unknown. */
  readonly end: bigint | null;
  /** End of what may be read now: below `end` while a transaction is open, under readCommitted. */
  readonly readableEnd: bigint | null;
  /** Milliseconds since the leader gave these ends; null when it never did. */
  readonly endAgeMs: number | null;
  readonly inFlight: number;
  /** Records handled whose outputs the broker has not acknowledged yet. */
  readonly awaiting: number;
  readonly buffered: number;
  readonly bufferedBytes: number;
  /** Records handed out above the committed offset: what would be handled again after a crash, at most. */
  readonly replayBound: number;
  readonly isPaused: boolean;
  readonly lanesWaiting: number;
  readonly lanesHalted: number;
  /** What keeps the watermark where it is; null when nothing is open. */
  readonly holding: Holding | null;
}

/** The first record of a partition that is not settled: nothing above it can be committed. */
export interface Holding {
  readonly offset: bigint;
  /** Hash of its key, 8 hex digits; null without a key. */
  readonly keyHash: string | null;
  /** Number of the attempt that runs or comes next, from 1. */
  readonly attempt: number;
  /** null: no thread has it. */
  readonly thread: number | null;
  /**
   * running  its handler was called and has not ended
   * sent     a thread has it and has not started it
   * outputs  it is handled, and the broker has not acknowledged what it produced
   * retry    it failed and waits for its next attempt
   * alone    it is suspected of having ended a thread, and waits for one to itself
   * halted   it failed for good, and policy keeps it
   * thread   it waits for a place on a thread
   */
  readonly why: 'running' | 'sent' | 'outputs' | 'retry' | 'alone' | 'halted' | 'thread';
  /** How long it has held the watermark, in ms, to the second. */
  readonly sinceMs: number;
}

/** Records by what became of them; they only grow. */
export interface TopicCounts {
  readonly ack: number;
  readonly skip: number;
  readonly drop: number;
  readonly failed: Readonly<Record<FailureKind, number>>;
}

export interface ThreadStatus {
  readonly id: number;
  /** 'shared', or the pipeline whose private pool it is in. */
  readonly pool: string;
  readonly isReady: boolean;
  /** Lives that ended before this one, by cause. */
  readonly restarts: ReadonlyMap<string, number>;
}

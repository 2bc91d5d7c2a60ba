import type { PartitionStatus, PipelineStatus } from '../contract/status.ts';
import { LATELY_MS, readableLagOf } from './lag.ts';

/** The pipeline that is watched; `PipelineConfig` fits. */
export interface Watched {
  readonly id: string;
  readonly stuckAfterMs: number;
  readonly source: { readonly rebalanceTimeoutMs: number };
}

/**
 * Whether one pipeline goes on (P12). It is stuck when it has something to do and nothing moved for `stuckAfterMs`: no
 * record ended or failed, no offset went on. Waiting is not being stuck: for a broker that doesn't answer or doesn't
 * take outputs, for the group to rebalance, for a backoff to end, or because policy says so.
 */
export class Progress {
  readonly #pipeline: Watched;
  /** Of the last sample. */
  #hadWork = false;
  #marker = '';
  #sampledMs: number | null = null;
  #stillMs = 0;
  /** When the latest retry of a partition is due; for partitions that are held. */
  #due = new Map<string, number>();
  #rebalancingSinceMs: number | null = null;

  constructor(pipeline: Watched) {
    this.#pipeline = pipeline;
  }

  /** How long there has been something to do and nothing moved, in ms. */
  get stillMs(): number {
    return this.#stillMs;
  }

  get isStuck(): boolean {
    return this.#stillMs >= this.#pipeline.stuckAfterMs;
  }

  /** A record of a partition is tried again at `dueMs`. */
  retryAt(topic: string, partition: number, dueMs: number): void {
    const name = `${topic}/${partition}`;
    this.#due.set(name, Math.max(dueMs, this.#due.get(name) ?? 0));
  }

  /** The group rebalances since `sinceMs`; null: no more. */
  rebalancing(sinceMs: number | null): void {
    this.#rebalancingSinceMs = sinceMs;
  }

  /** Looks at the pipeline; to be called about once a second. `isWatched`: false while it stops or hasn't begun. */
  sample(status: PipelineStatus, isWatched: boolean, nowMs: number): void {
    const marker = markerOf(status);
    // After a halt of the whole process nothing could have moved: it counts as one sample.
    const passedMs = Math.min(SAMPLE_MAX_MS, nowMs - (this.#sampledMs ?? nowMs));
    const hasWork = isWatched && this.#hasWork(status, nowMs);
    const isStill = hasWork && this.#hadWork && marker === this.#marker;
    this.#stillMs = isStill ? this.#stillMs + passedMs : 0;
    this.#hadWork = hasWork;
    this.#marker = marker;
    this.#sampledMs = nowMs;
    this.#forget(status, nowMs);
  }

  #hasWork({ partitions, silentMs }: PipelineStatus, nowMs: number): boolean {
    const isHeard = silentMs !== null && silentMs <= LATELY_MS;
    const canRead = isHeard && !this.#isRebalancing(nowMs);
    return partitions.some((partition) => {
      if (partition.state !== 'running' && partition.state !== 'stopped') return false;
      // A handler ends, or its timeout ends it, whatever the broker and policy do.
      if (partition.inFlight > 0) return true;
      if (!canRead || partition.state === 'stopped' || partition.lanesHalted > 0) return false;
      // The broker that outputs go to may be another one than those that answer.
      if (partition.awaiting > 0) return false;
      if (partition.lanesWaiting > 0 && (this.#due.get(nameOf(partition)) ?? 0) > nowMs)
        return false;
      return partition.buffered > 0 || (readableLagOf(partition) ?? 0n) > 0n;
    });
  }

  /** A rebalance waits for the slowest member; one that takes much longer than the group allows is no excuse. */
  #isRebalancing(nowMs: number): boolean {
    if (this.#rebalancingSinceMs === null) return false;
    return nowMs - this.#rebalancingSinceMs < 2 * this.#pipeline.source.rebalanceTimeoutMs;
  }

  #forget({ partitions }: PipelineStatus, nowMs: number): void {
    if (this.#due.size === 0) return;
    const held = new Set(partitions.map(nameOf));
    for (const [name, dueMs] of this.#due) {
      if (dueMs <= nowMs || !held.has(name)) this.#due.delete(name);
    }
  }
}

/** A text that changes with every step forward, failed attempts included: the engine has done its part. */
function markerOf({ topics, partitions, commits }: PipelineStatus): string {
  const ended = [...topics.values()].map(
    ({ ack, skip, drop, failed }) =>
      ack + skip + drop + Object.values(failed).reduce((sum, count) => sum + count, 0),
  );
  const places = partitions.map(
    ({ topic, partition, position, watermark, committed }) =>
      `${topic}/${partition}:${position},${watermark},${committed}`,
  );
  return [ended.join(), commits.ok, ...places].join(' ');
}

const nameOf = ({ topic, partition }: PartitionStatus): string => `${topic}/${partition}`;

/** Time that one sample may stand for. */
const SAMPLE_MAX_MS = 2000;

import type { ThreadDeath } from '../contract/signals.ts';
import type { Outputs } from '../contract/thread.ts';
import type { Failure, Verdict } from '../contract/verdict.ts';
import type { Lost } from './worker-thread.ts';

/** What a pipeline hears of its records and threads. */
export interface PoolListener<Chunk> {
  threadUp(thread: number): void;
  /** The thread takes no more records: it lets the others end and will be replaced. */
  threadRetiring(thread: number): void;
  /** The thread that was retiring is gone, with nothing left on it. */
  threadLeft(thread: number): void;
  /** Another pipeline has the thread for itself, or no longer has. */
  threadClaimed(thread: number, isClaimed: boolean): void;
  /** Verdicts of records in a row of a chunk. */
  verdict(chunk: Chunk, place: number, count: number, verdict: Verdict): void;
  failed(chunk: Chunk, place: number, failure: Failure): void;
  /** Outputs of records whose verdict `produced` came just before; `sourceOf` gives the record of an output. */
  outputs(outputs: Outputs, sourceOf: (token: number) => { chunk: Chunk; place: number }): void;
  opened(partition: number, lane: number): void;
  /** A burst of the above is over. */
  turn(): void;
  /**
   * `lost`: records of this pipeline; `runningInAll` counts the running ones of all pipelines; `stack`: of the error that nobody
   * caught, null when there was none.
   */
  threadDied(
    thread: number,
    death: ThreadDeath,
    message: string,
    lost: readonly LostRecord<Chunk>[],
    runningInAll: number,
    stack: string | null,
  ): void;
}

export type LostRecord<Chunk> = Lost<Chunk> & { readonly isOverdue: boolean };

/** What the number of a partition in a chunk means. */
export interface AnnouncedPartition {
  readonly index: number;
  readonly topic: string;
  readonly partition: number;
  readonly origin: bigint;
}

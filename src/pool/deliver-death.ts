import type { ChunkPlan } from '../contract/chunk.ts';
import type { ThreadDeath } from '../contract/signals.ts';
import { RECORD } from '../contract/thread.ts';
import type { PoolListener } from './pool-listener.ts';
import type { Lost } from './worker-thread.ts';

/** A thread that is gone, with the records that it had. */
export interface Death<Chunk> {
  readonly id: number;
  readonly death: ThreadDeath;
  readonly message: string;
  /** Of the error that nobody caught; null when there was none. */
  readonly stack: string | null;
  /** Tokens of the records to blame, when it was replaced because of them. */
  readonly overdue: readonly number[] | null;
  readonly lost: readonly Lost<Chunk>[];
}

/** Tells each pipeline that a thread is gone, with its own records. */
export function deliverDeath<Chunk extends ChunkPlan>(
  { id, death, message, stack, overdue, lost }: Death<Chunk>,
  listeners: readonly PoolListener<Chunk>[],
): void {
  const running = lost.filter(({ state }) => state === RECORD.running).length;
  for (const [pipeline, listener] of listeners.entries()) {
    const records = lost
      .filter((record) => record.pipeline === pipeline)
      .map((record) => ({ ...record, isOverdue: overdue?.includes(record.token) ?? false }));
    listener.threadDied(id, death, message, records, running, stack);
  }
}

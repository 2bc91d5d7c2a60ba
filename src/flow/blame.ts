import type { ThreadDeath } from '../contract/signals.ts';
import { RECORD } from '../contract/thread.ts';
import type { Failure } from '../contract/verdict.ts';
import type { Chunk } from './chunk.ts';

/** A record that a dead thread had: its chunk and place, and what the shared memory says of it. */
export interface Orphan {
  readonly chunk: Chunk;
  readonly place: number;
  /** A state of RECORD. */
  readonly state: number;
  /** It outlived its timeout and its grace: the thread was replaced because of it. */
  readonly isOverdue: boolean;
}

/** What the death of a thread means for the records that ran. */
export interface Blame {
  /** They are charged with it: a failed attempt. */
  readonly charged: readonly Orphan[];
  /** Each runs again alone, uncharged. */
  readonly suspects: readonly Orphan[];
  /** A crash that only the charged record can have caused. */
  readonly isStrike: boolean;
}

/**
 * Of what was running, the records that outlived their timeout are charged. If there were none, a record that ran by itself
 * is charged, and several are suspects. `runningInAll` counts those of other pipelines too.
 */
export function blame(orphans: readonly Orphan[], runningInAll: number): Blame {
  const running = orphans.filter((orphan) => orphan.state === RECORD.running);
  const overdue = running.filter((orphan) => orphan.isOverdue);
  if (overdue.length > 0) return { charged: overdue, suspects: [], isStrike: false };
  if (runningInAll === 1) return { charged: running, suspects: [], isStrike: true };
  return { charged: [], suspects: running, isStrike: false };
}

/** The failure that a charged record gets. */
export function failureOf(death: ThreadDeath, message: string, stack: string | null): Failure {
  const error = { name: 'ThreadDied', message, code: `THREAD_${death.toUpperCase()}`, stack };
  const kind = death === 'stuck' ? 'timeout' : 'crash';
  return { kind, error, mayRetry: true, afterMs: null };
}

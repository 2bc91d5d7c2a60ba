import type { EngineStatus, Holding } from '../contract/status.ts';
import { lagOf } from './lag.ts';

/** A partition that has something open or unread, and what its offset waits for. */
export interface HeldUp {
  readonly pipeline: string;
  readonly topic: string;
  readonly partition: number;
  readonly state: string;
  /** null when the lag is unknown. */
  readonly lag: string | null;
  readonly committed: string | null;
  readonly offset: string | null;
  readonly keyHash: string | null;
  readonly attempt: number | null;
  readonly thread: number | null;
  readonly sinceMs: number | null;
  /** In words. */
  readonly why: string;
}

/** Why is it stuck: of each partition that is not at its end what holds its offset, the one that waits longest first. */
export function heldUp({ pipelines }: EngineStatus): HeldUp[] {
  const found = pipelines.flatMap(({ id, partitions }) =>
    partitions.flatMap((partition): HeldUp[] => {
      const { topic, partition: index, state, committed, holding, isPaused } = partition;
      const lag = lagOf(partition);
      if (holding === null && lag === 0n && state === 'running') return [];
      const idle = isPaused ? 'the buffer is full' : (STATES[state] ?? 'nothing is open');
      return [
        {
          pipeline: id,
          topic,
          partition: index,
          state,
          lag: lag === null ? null : String(lag),
          committed: committed === null ? null : String(committed),
          offset: holding === null ? null : String(holding.offset),
          keyHash: holding?.keyHash ?? null,
          attempt: holding?.attempt ?? null,
          thread: holding?.thread ?? null,
          sinceMs: holding?.sinceMs ?? null,
          why: holding === null ? idle : WHY[holding.why],
        },
      ];
    }),
  );
  return found.sort((a, b) => (b.sinceMs ?? 0) - (a.sinceMs ?? 0));
}

const WHY: Record<Holding['why'], string> = {
  running: 'its handler runs',
  sent: 'a thread has it and has not started it',
  outputs: 'the broker has not acknowledged what it produced',
  retry: 'it failed and waits for its next attempt',
  alone: 'it may have ended a thread and waits for one to itself',
  halted: 'it failed for good and onFailure is halt',
  thread: 'it waits for a place on a thread',
};
const STATES: Readonly<Record<string, string>> = {
  adopting: 'its offsets are being looked up',
  revoking: 'it is being given up',
  stopped: 'it is not read any more, by policy',
  running: 'its records are being fetched',
};

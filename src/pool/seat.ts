import type { ChunkPlan } from '../contract/chunk.ts';
import { EXIT, MillraceError } from '../contract/errors.ts';
import { HandlerRefusedError } from '../contract/handler-refused.ts';
import type { HandlerRefusal, HandlerSpec } from '../contract/thread.ts';
import type { Pump } from './pump-host.ts';
import type { WorkerThread } from './worker-thread.ts';

/** A thread in one of its lives. */
export interface Seat<Chunk extends ChunkPlan> {
  readonly thread: WorkerThread<Chunk>;
  readonly pump: Pump;
  isReady: boolean;
  /** When it began to load; once it is ready, since when it is. */
  sinceMs: number;
  /** Once it is being replaced on purpose: the records that are to blame. */
  overdue: readonly number[] | null;
  /** Number of the pipeline whose handler is being loaded, or was last; null before the first. */
  loading: number | null;
  /** By number of the pipeline: why its handler could not be loaded. */
  readonly refusals: Map<number, HandlerRefusal>;
  /** Lives in a row before this one that were short. */
  readonly failures: number;
  /** It ends what it has, and then its life: see Renewals. */
  isLeaving: boolean;
}

/** Short lives in a row, counted at the end of this one. */
export function failuresAt<Chunk extends ChunkPlan>(seat: Seat<Chunk>, nowMs: number): number {
  const isShort = !seat.isReady || nowMs - seat.sinceMs < SHORT_LIFE_MS;
  return isShort ? seat.failures + 1 : 0;
}

/** Pause before the next life: a thread that dies again and again as soon as it is there would do nothing but start. */
export const pauseMsAfter = (failures: number): number =>
  failures < 2 ? 0 : Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** (failures - 2));

/** Why a thread didn't come up: the handlers that it refused, or the way it died. */
export function startError<Chunk extends ChunkPlan>(
  { refusals, loading }: Pick<Seat<Chunk>, 'refusals' | 'loading'>,
  handlers: readonly HandlerSpec[],
  message: string = ENDED_BY_ITSELF,
): MillraceError {
  if (refusals.size > 0) {
    return new HandlerRefusedError(
      [...refusals].map(([index, refusal]) => ({
        pipeline: (handlers[index] as HandlerSpec).pipeline,
        refusal,
      })),
    );
  }
  const pipeline = loading === null ? undefined : handlers[loading]?.pipeline;
  const what = pipeline === undefined ? 'the handlers' : `the handler of ${pipeline}`;
  return new MillraceError(
    'MR203',
    `A worker thread died while it loaded ${what}: ${message}. Look in the module and its setup for what ends the thread: process.exit, memory, or an error outside of the setup's own call.`,
    { exit: EXIT.config, facts: pipeline === undefined ? {} : { pipeline } },
  );
}

/** Loading, or the setup of a handler, doesn't end: that of the first seat that isn't ready is named. */
export function lateStart(
  seats: readonly (Pick<Seat<ChunkPlan>, 'isReady' | 'loading'> | null)[] = [],
  handlers: readonly HandlerSpec[] = [],
): MillraceError {
  const late = seats.find((seat) => seat && !seat.isReady && seat.loading !== null);
  const pipeline = handlers[late?.loading ?? -1]?.pipeline;
  const what = pipeline === undefined ? 'The handlers were' : `The handler of ${pipeline} was`;
  return new MillraceError(
    'MR204',
    `${what} not ready after a minute: look for what the module and its setup wait for, or do without an end.`,
    { exit: EXIT.config, facts: pipeline === undefined ? {} : { pipeline } },
  );
}

export const ENDED_BY_ITSELF = 'the thread ended by itself';

/** What loading and setup of all handlers may take. */
export const START_MS = 60_000;
/** A thread that dies sooner after it was ready counts as one that doesn't come up. */
const SHORT_LIFE_MS = 1000;
/** From the second short life in a row on, doubled each time. */
const PAUSE_MS = 100;
const PAUSE_MAX_MS = 30_000;

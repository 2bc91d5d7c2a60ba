import type { Deserializer, LogLevel } from './config.ts';
import type { ErrorReport } from './errors.ts';
import type { HandlerContext, HandlerRecord } from './handler.ts';
import type { Failure } from './verdict.ts';

/**
 * All that passes between the main thread and a worker thread: the messages of its port in both directions, and the
 * layout of the memory they share. The thread answers chunks in any order, but messages keep theirs.
 */
export type ToThread =
  | {
      readonly type: 'chunk';
      readonly pipeline: number;
      readonly page: number;
      readonly count: number;
      readonly buffer: ArrayBuffer;
    }
  | {
      readonly type: 'partition';
      readonly index: number;
      readonly topic: string;
      readonly partition: number;
      readonly origin: bigint;
    }
  | { readonly type: 'forget'; readonly index: number }
  /**
   * Opens a lane that was closed by a failure. Answered by `opened`, after which the thread holds no record of the
   * lane that was sent before.
   */
  | {
      readonly type: 'open';
      readonly index: number;
      readonly lane: number;
    }
  /** Give back what has not been started of a partition; answered by `recalled` after those replies. */
  | { readonly type: 'recall'; readonly index: number; readonly id: number }
  /** Abort the signal of what runs of a partition. */
  | { readonly type: 'abort'; readonly index: number; readonly reason: AbortReason }
  /** Run the teardowns and end. */
  | { readonly type: 'stop' };

export type FromThread =
  /** A reply without failures and outputs, the common one: the number of the pipeline, then the runs of `Reply`. */
  | Int32Array
  /** The handlers are loaded; `threadId` is Node's number of the thread. */
  | { readonly type: 'ready'; readonly threadId: number }
  /** A handler begins to load: the end of the thread from now on is of its making. */
  | { readonly type: 'loading'; readonly pipeline: number }
  | { readonly type: 'refused'; readonly pipeline: number; readonly refusal: HandlerRefusal }
  | { readonly type: 'reply'; readonly pipeline: number; readonly reply: Reply }
  | { readonly type: 'opened'; readonly index: number; readonly lane: number }
  | { readonly type: 'recalled'; readonly id: number }
  /** A record has outlived its timeout and the grace: the thread takes nothing more and lets the others end. */
  | { readonly type: 'retiring' }
  /** Nothing but overdue records runs any more, or the time for the others is over: the thread can be replaced. */
  | { readonly type: 'retired'; readonly overdue: readonly number[] }
  | { readonly type: 'log'; readonly line: ThreadLogLine };

export type AbortReason = 'timeout' | 'revoked' | 'shutdown';

/** Verdicts since the last reply. */
export interface Reply {
  /** Triples: token of the first record, number of records in a row in that chunk, verdict. */
  readonly runs: Int32Array;
  /** Details of each `fail`, in the order of the runs. */
  readonly failures: readonly { readonly token: number; readonly failure: Failure }[];
  /** Records to be produced for acknowledged records of this reply. */
  readonly outputs: Outputs | null;
}

/** Produced records, packed. Bodies are laid out as in Block. */
export interface Outputs {
  readonly topics: readonly string[];
  /** Per output: token of the source record, index into topics, partition or -1, start, end. */
  readonly index: Int32Array;
  readonly timestamp: Float64Array;
  readonly bytes: Uint8Array;
}
export const OUTPUT_FIELDS = 5;

/** Why a handler cannot run. */
export interface HandlerRefusal {
  readonly stage: 'load' | 'export' | 'options' | 'setup';
  readonly error: ErrorReport;
  /** For 'export': what the module exports. */
  readonly exports: readonly string[];
}

export interface ThreadLogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly pipeline: string;
  readonly thread: number;
  readonly fields: Record<string, unknown>;
}

/** One call of a handler. */
export type HandlerCall = (
  record: HandlerRecord & { value: unknown },
  ctx: HandlerContext,
) => unknown;
/** Looks at the calls of a handler; for `millrace verify`. What the call returns or throws it passes on. */
export type Witness = (call: HandlerCall) => HandlerCall;

/** What a thread needs to know of one pipeline; given when the thread starts. */
export interface HandlerSpec {
  readonly pipeline: string;
  /** URL of a module that Node can import: the handler itself, or its bundle. */
  readonly url: string;
  readonly exportName: string | null;
  /** URL of a module whose `witness` is laid around the calls of the handler, see Witness; null: none. */
  readonly witness: string | null;
  /** Only to see whether it loads: its setup isn't run. */
  readonly isCheck: boolean;
  readonly options: unknown;
  readonly deserialize: { readonly key: Deserializer; readonly value: Deserializer };
  readonly timeoutMs: number;
  /** From the abort of an attempt's signal to the replacement of its thread. */
  readonly graceMs: number;
  /** Records of this pipeline whose handler runs at the same time in this thread. */
  readonly concurrency: number;
  readonly sink: { readonly topic: string; readonly serialize: Deserializer } | null;
}

export interface ThreadStart {
  readonly thread: number;
  readonly memory: SharedArrayBuffer;
  readonly pages: number;
  readonly handlers: readonly HandlerSpec[];
}

/** State of a record in the shared memory, so that the main thread knows what a dead thread had done. */
export const RECORD = {
  waiting: 0,
  running: 1,
  /** Handled, with nothing to produce: as good as acknowledged, reply or not. */
  done: 2,
  /** Failed, given back, or handled with outputs: only the reply tells. Without it the record runs again. */
  told: 3,
} as const;

/** Upper bounds in seconds of the handler duration histogram, `+Inf` apart. */
export const DURATION_BUCKETS: readonly number[] = [
  0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60,
];
/** Cells of one pipeline's histogram. */
export const HISTOGRAM_CELLS: number = DURATION_BUCKETS.length + 2;

/** Partitions beyond this number share a cell of `mean`. */
export const MEAN_CELLS = 1024;

/** The memory that a thread shares with the main thread. Only the thread writes; a torn read misleads an estimate at worst. */
export interface ThreadMemory {
  /** See CELL. */
  readonly cells: Int32Array;
  /** Mean handler duration in ms, by partition index modulo MEAN_CELLS; 0 is unknown. */
  readonly mean: Float64Array;
  /** Per pipeline: sum in seconds, then a count per bucket, then +Inf; counts are not cumulative. */
  readonly durations: Float64Array;
  /** RECORD states by token. */
  readonly status: Uint8Array;
}

export const CELL = {
  /** Grows while the thread's event loop turns. */
  tick: 0,
  /** Token plus 1 of the record in the synchronous part of its handler; 0 if there is none. */
  current: 1,
} as const;
const CELLS = 4;

export const histogramAt = (pipeline: number): number => pipeline * HISTOGRAM_CELLS;

export function threadMemoryBytes(pages: number, pipelines: number): number {
  return CELLS * 4 + MEAN_CELLS * 8 + pipelines * HISTOGRAM_CELLS * 8 + pages * 256;
}

export function viewThreadMemory(
  memory: SharedArrayBuffer,
  pages: number,
  pipelines: number,
): ThreadMemory {
  const mean = CELLS * 4;
  const durations = mean + MEAN_CELLS * 8;
  const status = durations + pipelines * HISTOGRAM_CELLS * 8;
  return {
    cells: new Int32Array(memory, 0, CELLS),
    mean: new Float64Array(memory, mean, MEAN_CELLS),
    durations: new Float64Array(memory, durations, pipelines * HISTOGRAM_CELLS),
    status: new Uint8Array(memory, status, pages * 256),
  };
}

import type { ErrorReport } from './errors.ts';

/**
 * The outcome of one attempt at a record, as a plain value: it crosses a thread. A verdict of several equal records is
 * sent as a run, so the common case (all acknowledged) costs a few bytes for a whole chunk.
 */
export const VERDICT = {
  /** Handled, with nothing to produce. */
  ack: 1,
  /** The handler chose to skip it: acknowledged and counted apart. */
  skip: 2,
  /** The attempt failed; a `Failure` with the details travels with the reply. */
  fail: 3,
  /** Not run: its lane is closed after a failure, or its partition was recalled. */
  notRun: 4,
  /** Handled; its outputs travel with the reply and must be acknowledged by the broker first. */
  produced: 5,
} as const;
export type Verdict = (typeof VERDICT)[keyof typeof VERDICT];

export type FailureKind = 'error' | 'timeout' | 'crash' | 'deserialize' | 'schema' | 'produce';

/** Why an attempt failed, and whether another one may follow. */
export interface Failure {
  readonly kind: FailureKind;
  readonly error: ErrorReport;
  /** false: no further attempt whatever `maxAttempts` says (undecodable, NonRetryableError). */
  readonly mayRetry: boolean;
  /** Delay asked for by the handler, in ms, instead of the configured backoff. */
  readonly afterMs: number | null;
}

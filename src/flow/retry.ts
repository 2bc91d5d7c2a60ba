import type { RetryConfig } from '../contract/config.ts';
import type { Failure } from '../contract/verdict.ts';

/** What becomes of a record whose attempt failed. */
export type Decision =
  | { readonly type: 'retry'; readonly delayMs: number }
  /** No further attempt; `onFailure` decides. */
  | { readonly type: 'giveUp' };

/** Thread deaths of a record while alone on its thread after which it isn't tried again, whatever `maxAttempts` says. */
const STRIKES = 2;

/**
 * Decides after attempt number `attempt` (from 1) of a record failed. `strikes` counts the threads it killed while
 * alone. The delay is `initial x factor^(attempt - 1)`, at most `max`, spread at random by ± `jitter` of itself;
 * `random` gives numbers in [0, 1).
 */
export function decide(
  retry: RetryConfig,
  failure: Failure,
  attempt: number,
  strikes: number,
  random: () => number,
): Decision {
  if (!failure.mayRetry || strikes >= STRIKES) return { type: 'giveUp' };
  if (retry.maxAttempts !== 0 && attempt >= retry.maxAttempts) return { type: 'giveUp' };
  const { name, code } = failure.error;
  if (retry.notOn.includes(name) || (code !== null && retry.notOn.includes(code))) {
    return { type: 'giveUp' };
  }
  if (failure.afterMs !== null) return { type: 'retry', delayMs: failure.afterMs };
  const { type, initialMs, maxMs, factor, jitter } = retry.backoff;
  const grown = type === 'fixed' ? initialMs : initialMs * factor ** (attempt - 1);
  const delayMs = Math.min(grown, maxMs) * (1 + jitter * (2 * random() - 1));
  return { type: 'retry', delayMs: Math.min(delayMs, maxMs) };
}

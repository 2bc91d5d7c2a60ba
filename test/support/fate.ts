import type { PipelineConfig } from '../../src/contract/config.ts';
import type { Failure } from '../../src/contract/verdict.ts';

export type Fate =
  | { readonly type: 'drop' }
  | { readonly type: 'halt' }
  | { readonly type: 'retry'; readonly earliestMs: number; readonly latestMs: number };

/** What the manual says about a record whose attempt failed; `failure` is null when it took its thread along. */
export function fateOf(
  { retry, onFailure }: PipelineConfig,
  failure: Failure | null,
  record: { readonly attempts: number; readonly strikes: number },
  nowMs: number,
): Fate {
  const isLast = retry.maxAttempts > 0 && record.attempts >= retry.maxAttempts;
  const isNamed = failure !== null && retry.notOn.includes(failure.error.name);
  if (isLast || isNamed || record.strikes >= 2 || failure?.mayRetry === false) {
    return { type: onFailure };
  }
  const { type, initialMs, maxMs, factor, jitter } = retry.backoff;
  let delayMs = initialMs;
  if (type === 'exponential') for (let n = 1; n < record.attempts; n++) delayMs *= factor;
  delayMs = Math.min(delayMs, maxMs);
  if (failure !== null && failure.afterMs !== null) {
    return {
      type: 'retry',
      earliestMs: nowMs + failure.afterMs,
      latestMs: nowMs + failure.afterMs,
    };
  }
  return {
    type: 'retry',
    earliestMs: nowMs + delayMs * (1 - jitter),
    latestMs: nowMs + Math.min(maxMs, delayMs * (1 + jitter)),
  };
}

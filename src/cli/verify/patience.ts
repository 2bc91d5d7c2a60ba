import type { PipelineConfig } from '../../contract/config.ts';

/** After so long without a call nothing more is to come, in ms: retries have had their pause, and attempts their time. */
export function patienceMs({
  retry,
  timeoutMs,
}: Pick<PipelineConfig, 'retry' | 'timeoutMs'>): number {
  const { type, initialMs, maxMs, factor } = retry.backoff;
  const growth = type === 'fixed' ? 1 : factor ** (retry.maxAttempts - 1);
  const pauseMs = retry.maxAttempts === 0 ? maxMs : Math.min(maxMs, initialMs * growth);
  return TAKEOVER_MS + pauseMs + timeoutMs;
}

/** Longer than it takes a member to take over from one that was killed. */
const TAKEOVER_MS = 15_000;

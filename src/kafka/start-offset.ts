import type { SourceConfig } from '../contract/config.ts';
import type { LogRange } from './offsets.ts';

/** Where to start reading a partition, or why not to. */
export type Start =
  | { readonly type: 'start'; readonly offset: bigint; readonly isLost: boolean }
  /** The policy says to stop: nothing is committed yet and nothing may be assumed. */
  | { readonly type: 'uncommitted' }
  /** The policy says to stop: the committed offset is no longer in the log. */
  | { readonly type: 'lost' };

/**
 * Decides where an epoch starts. Never a silent skip: without a committed offset `autoOffsetReset` decides, with one that is
 * below the start or above the end of the log `onOffsetLost` does.
 */
export function startOffset(
  committed: bigint | null,
  range: LogRange,
  policy: Pick<SourceConfig, 'autoOffsetReset' | 'onOffsetLost'>,
): Start {
  if (committed === null) {
    if (policy.autoOffsetReset === 'none') return { type: 'uncommitted' };
    const offset = policy.autoOffsetReset === 'earliest' ? range.start : range.end;
    return { type: 'start', offset, isLost: false };
  }
  if (committed >= range.start && committed <= range.end) {
    return { type: 'start', offset: committed, isLost: false };
  }
  if (policy.onOffsetLost === 'stop') return { type: 'lost' };
  return {
    type: 'start',
    offset: policy.onOffsetLost === 'earliest' ? range.start : range.end,
    isLost: true,
  };
}

import type { SourceConfig } from '../contract/config.ts';
import type { LogRange } from './offsets.ts';

/**
 * Why an offset means nothing in the log of now.
 * deleted    below its start: retention or DeleteRecords took what was there
 * beyond     above its end
 * truncated  records that were read are no longer there: a leader was elected that did not have them
 * recreated  it is of another topic, which had the same name
 */
export type LossCause = 'deleted' | 'beyond' | 'truncated' | 'recreated';

export interface Loss {
  readonly cause: LossCause;
  /** First offset that has not been read, nothing of the log skipped: where `onOffsetLost: earliest` goes on. */
  readonly from: bigint;
}

/** Where to start reading a partition, or why not to. */
export type Start =
  | { readonly type: 'start'; readonly offset: bigint; readonly loss: Loss | null }
  /** The policy says to stop: nothing is committed yet and nothing may be assumed. */
  | { readonly type: 'uncommitted' }
  /** The policy says to stop: the offset means nothing in this log. */
  | { readonly type: 'lost'; readonly loss: Loss };

/**
 * Decides where an epoch starts. Never a silent skip: without a committed offset `autoOffsetReset` decides, with one that is
 * not of this log, as `known` says or its range shows, `onOffsetLost` does.
 */
export function startOffset(
  committed: bigint | null,
  range: LogRange,
  policy: Pick<SourceConfig, 'autoOffsetReset' | 'onOffsetLost'>,
  known: Loss | null = null,
): Start {
  if (committed === null) {
    if (policy.autoOffsetReset === 'none') return { type: 'uncommitted' };
    const offset = policy.autoOffsetReset === 'earliest' ? range.start : range.end;
    return { type: 'start', offset, loss: null };
  }
  const loss = known ?? lossOf(committed, range);
  if (loss === null) return { type: 'start', offset: committed, loss };
  if (policy.onOffsetLost === 'stop') return { type: 'lost', loss };
  const offset = policy.onOffsetLost === 'earliest' ? loss.from : range.end;
  return { type: 'start', offset, loss };
}

function lossOf(offset: bigint, { start, end }: LogRange): Loss | null {
  if (offset < start) return { cause: 'deleted', from: start };
  return offset > end ? { cause: 'beyond', from: start } : null;
}

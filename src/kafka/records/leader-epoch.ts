import { LEADER_EPOCH_AT, MAGIC_AT } from './layout.ts';
import { offsetAfter, survey } from './survey.ts';
import { viewOf } from './views.ts';

/**
 * Leader epoch in which the record before `next` was written, as the batches of a set say that end there; -1 when that can't be told: the
 * block that was read ends before the set does, or the format is an old one.
 */
export function leaderEpochBefore(set: Uint8Array, next: bigint): number {
  const view = viewOf(set);
  const { last } = survey(view);
  if (last < 0 || view.getUint8(last + MAGIC_AT) !== 2) return -1;
  return offsetAfter(view, last) === next ? view.getInt32(last + LEADER_EPOCH_AT) : -1;
}

import { MillraceError } from '../contract/errors.ts';
import type { Held } from './intake.ts';
import type { LogRange } from './offsets.ts';
import type { Loss, LossCause, Start } from './start-offset.ts';

/** Why a partition isn't read, by policy: MR350 without a committed offset, MR351 with one that is not of the log. */
export function stopReason(
  start: Exclude<Start, { type: 'start' }>,
  { name, topic, partition }: Held,
  committed: bigint | null,
  range: LogRange,
): MillraceError {
  if (start.type === 'uncommitted') {
    return new MillraceError(
      'MR350',
      `${name} has no committed offset and source.autoOffsetReset is none: it is not read. Commit an offset for the group, or choose earliest or latest.`,
      { facts: { topic, partition } },
    );
  }
  const { loss } = start;
  const facts = { topic, partition, committed, logStart: range.start, logEnd: range.end };
  return new MillraceError(
    'MR351',
    `${name}: ${WHY[loss.cause](committed ?? 0n, loss)}. The log goes from ${range.start} to ${range.end}. It is not read, since source.onOffsetLost is stop. Reset the offset of the group, or choose earliest or latest.`,
    { facts: { ...facts, cause: loss.cause } },
  );
}

const WHY: Record<LossCause, (offset: bigint, loss: Loss) => string> = {
  deleted: (offset) => `the offset ${offset} is below the start of the log`,
  beyond: (offset) => `the offset ${offset} is above the end of the log`,
  truncated: (offset, { from }) =>
    `the log was cut: what was read from ${from} to ${offset} is not in it any more`,
  recreated: (offset) =>
    `the topic was deleted and created anew: the offset ${offset} is of the old one`,
};

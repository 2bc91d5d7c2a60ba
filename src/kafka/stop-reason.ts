import { MillraceError } from '../contract/errors.ts';
import type { Held } from './intake.ts';
import type { LogRange } from './offsets.ts';

/** Why a partition isn't read, by policy: MR350 without a committed offset, MR351 when it is not in the log. */
export function stopReason(
  type: 'uncommitted' | 'lost',
  held: Held,
  committed: bigint | null,
  range: LogRange,
): MillraceError {
  const where = `${held.topic}/${held.partition}`;
  if (type === 'uncommitted') {
    return new MillraceError(
      'MR350',
      `${where} has no committed offset and source.autoOffsetReset is none: it is not read. Commit an offset for the group, or choose earliest or latest.`,
      { facts: { topic: held.topic, partition: held.partition } },
    );
  }
  return new MillraceError(
    'MR351',
    `${where}: the committed offset ${committed} is not in the log, which goes from ${range.start} to ${range.end}. It is not read, since source.onOffsetLost is stop. Reset the offset of the group, or choose earliest or latest.`,
    {
      facts: {
        topic: held.topic,
        partition: held.partition,
        committed,
        logStart: range.start,
        logEnd: range.end,
      },
    },
  );
}

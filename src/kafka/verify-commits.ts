import type { PipelineConfig } from '../contract/config.ts';
import { publish } from '../contract/signals.ts';
import type { Coordinator } from './coordinator.ts';
import type { GivenUp } from './holdings.ts';
import { committedOffsets } from './offsets.ts';

/**
 * Reads back what the group has committed for partitions that were given up: it has to be what the broker confirmed; more is by
 * the next owner, which may have gone on by now. Reports each that is less; never rejects, and says nothing when the coordinator doesn't answer.
 */
export async function verifyCommits(
  coordinator: Coordinator,
  { id, source }: PipelineConfig,
  given: readonly GivenUp[],
): Promise<void> {
  const checked = given.filter(({ held, isCommitted }) => isCommitted && held.committed !== null);
  if (checked.length === 0) return;
  const places = checked.map(({ held }) => held);
  const found = await committedOffsets(coordinator, source.groupId, places).catch(() => null);
  for (const [i, { held }] of checked.entries()) {
    const offset = found?.[i]?.offset ?? null;
    const committed = held.committed as bigint;
    if (!found || (offset !== null && offset >= committed)) continue;
    publish('commit.differs', {
      pipeline: id,
      topic: held.topic,
      partition: held.partition,
      committed,
      found: offset,
    });
  }
}

import type { PipelineConfig } from '../contract/config.ts';
import { MillraceError } from '../contract/errors.ts';

/** MR309: another process is the static member that this one was. */
export function replacedError({ id, source }: PipelineConfig, memberId: string): MillraceError {
  const { groupId, instanceId } = source;
  return new MillraceError(
    'MR309',
    `Another process has joined group ${groupId} with source.instanceId "${instanceId}", and has the partitions now: this one stops without a commit for them. Give each process an id of its own, such as \${HOSTNAME} in a StatefulSet.`,
    { facts: { pipeline: id, groupId, instanceId, memberId } },
  );
}

import { decodeAssignment } from '../assigner/assignment.ts';
import type { Cluster } from './cluster.ts';

/**
 * Whether a stable group has left a partition of these topics to nobody. False when it is not stable: it is about to deal anew.
 * Rejects when the coordinator doesn't answer.
 */
export async function hasUnassigned(
  cluster: Cluster,
  groupId: string,
  topics: readonly string[],
): Promise<boolean> {
  await cluster.refreshMetadata();
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
  const [group] = groups;
  if (group?.state !== 'Stable') return false;
  const assigned = new Map<string, Set<number>>();
  for (const { memberAssignment } of group.members) {
    for (const [topic, partitions] of decodeAssignment(memberAssignment)) {
      const all = assigned.get(topic) ?? new Set();
      for (const partition of partitions) all.add(partition);
      assigned.set(topic, all);
    }
  }
  return topics.some((topic) =>
    cluster
      .findTopicPartitionMetadata(topic)
      .some(({ partitionId }) => assigned.get(topic)?.has(partitionId) !== true),
  );
}

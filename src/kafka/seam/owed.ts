import { decodeMemberMetadata } from '../assigner/member-metadata.ts';
import type { TopicPartitions } from '../assigner/topic-partitions.ts';

/** What a JoinGroup says that its sender holds. */
export function claimsOf(request: Record<string, unknown>): readonly TopicPartitions[] {
  const [protocol] = request['groupProtocols'] as [{ metadata: Buffer }];
  return decodeMemberMetadata(protocol.metadata).owned;
}

/** Whether something of what is claimed isn't assigned. */
export function isOwing(
  claims: readonly TopicPartitions[],
  assignment: Record<string, readonly number[]>,
): boolean {
  const assigned = new Map(Object.entries(assignment));
  return claims.some(({ topic, partitions }) =>
    partitions.some((partition) => assigned.get(topic)?.includes(partition) !== true),
  );
}

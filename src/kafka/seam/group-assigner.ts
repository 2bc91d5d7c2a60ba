import type { PartitionAssigner } from 'kafkajs';
import { assign } from '../assigner/assign.ts';
import { encodeAssignment } from '../assigner/assignment.ts';
import { decodeMemberMetadata, encodeMemberMetadata } from '../assigner/member-metadata.ts';
import type { GroupMember } from '../assigner/roster.ts';
import type { TopicPartitions } from '../assigner/topic-partitions.ts';
import type { Cluster } from './cluster.ts';

/** Name of the protocol that all members of a group must share. */
const PROTOCOL = 'millrace-cooperative';

/** What this member says of itself at each join. */
export interface Claim {
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartitions[];
  readonly generation: number;
}

/** Our assigner in the shape that kafkajs calls: `protocol` before each join, `assign` on the leader after it. */
export function groupAssigner(cluster: Cluster, claim: () => Claim): ReturnType<PartitionAssigner> {
  return {
    name: PROTOCOL,
    version: 1,
    protocol: () => ({ name: PROTOCOL, metadata: encodeMemberMetadata(claim()) }),
    assign: async ({ members }) => {
      const group = members.map(({ memberId, memberMetadata }) => read(memberId, memberMetadata));
      const topics = new Set(group.flatMap((member) => member.topics));
      // The leader may not be subscribed to what others are; without the count of a topic nobody would get it.
      await lookUp(cluster, [...topics]);
      const counts = new Map(
        [...topics].map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]),
      );
      return [...assign(group, counts)].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: encodeAssignment(assignment),
      }));
    },
  };
}

/** Looks topics up: all at once, or one by one when one doesn't exist or may not be described, which then costs only itself. */
async function lookUp(cluster: Cluster, topics: readonly string[]): Promise<void> {
  try {
    await cluster.addMultipleTargetTopics(topics);
  } catch (cause) {
    if (!OF_A_TOPIC.has((cause as { type?: string }).type ?? '')) throw cause;
    if (topics.length > 1) for (const topic of topics) await lookUp(cluster, [topic]);
  }
}

const OF_A_TOPIC = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
]);

/** A member whose metadata can't be read gets nothing, and does not end the leader. */
function read(memberId: string, metadata: Buffer): GroupMember {
  try {
    return { memberId, ...decodeMemberMetadata(metadata) };
  } catch {
    return { memberId, topics: [], owned: [], generation: -1 };
  }
}

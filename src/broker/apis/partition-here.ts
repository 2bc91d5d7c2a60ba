import type { RequestContext } from '../api.ts';
import { Refusal } from '../errors.ts';
import type { Partition } from '../partition.ts';
import type { Topic } from '../topic.ts';

/** What a request about a partition asks of the node that it came to. */
interface Demand {
  /** The leader epoch that the client knows of; -1 if none. */
  readonly leaderEpoch: number;
  /** Any replica will do. */
  readonly takesFollower?: boolean;
}

/** Throws UNKNOWN_TOPIC_OR_PARTITION. */
export function topicNamed({ cluster }: RequestContext, name: string): Topic {
  const topic = cluster.topics.get(name);
  if (topic === undefined) throw new Refusal('UNKNOWN_TOPIC_OR_PARTITION');
  return topic;
}

/** First version of Produce and of Fetch in which topics have ids in the place of names. */
const IDS_FROM = 13;

/** The topic of a Produce or a Fetch. Throws UNKNOWN_TOPIC_ID or UNKNOWN_TOPIC_OR_PARTITION. */
export function topicWanted(context: RequestContext, { name, id }: Wanted): Topic {
  if (context.version < IDS_FROM) return topicNamed(context, name);
  const topic = context.cluster.topics.byId(id);
  if (topic === undefined) throw new Refusal('UNKNOWN_TOPIC_ID');
  return topic;
}

/** A topic by its name or its id, as the version has it. */
interface Wanted {
  readonly name: string;
  readonly id: string;
}

/** Another broker leads the partition, or this one in a newer epoch: the client is wrong about it. */
class LedOtherwise extends Refusal {
  readonly leader: Leader;

  constructor(error: 'NOT_LEADER_OR_FOLLOWER' | 'FENCED_LEADER_EPOCH', partition: Partition) {
    super(error);
    this.leader = { leaderId: partition.leaderId ?? -1, leaderEpoch: partition.leaderEpoch };
  }
}

interface Leader {
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

/**
 * The partition, if this node is the one to ask. Throws UNKNOWN_TOPIC_OR_PARTITION, FENCED_LEADER_EPOCH,
 * UNKNOWN_LEADER_EPOCH, NOT_LEADER_OR_FOLLOWER.
 */
export function partitionHere(
  { node }: RequestContext,
  topic: Topic,
  index: number,
  { leaderEpoch, takesFollower = false }: Demand,
): Partition {
  const partition = topic.partitions[index];
  if (partition === undefined) throw new Refusal('UNKNOWN_TOPIC_OR_PARTITION');
  const isReplica = partition.replicas.includes(node.id);
  if (isReplica && leaderEpoch > partition.leaderEpoch) throw new Refusal('UNKNOWN_LEADER_EPOCH');
  if (isReplica && leaderEpoch >= 0 && leaderEpoch < partition.leaderEpoch) {
    throw new LedOtherwise('FENCED_LEADER_EPOCH', partition);
  }
  const isServed = takesFollower ? isReplica : partition.leaderId === node.id;
  if (!isServed) throw new LedOtherwise('NOT_LEADER_OR_FOLLOWER', partition);
  return partition;
}

/** The code of a Refusal; anything else is thrown on. */
export function codeOf(error: unknown): number {
  if (error instanceof Refusal) return error.code;
  throw error;
}

/** Who leads, told with the errors that say that the client is wrong about it (KIP-951). */
export const leaderToTell = (error: unknown): Leader | undefined =>
  error instanceof LedOtherwise ? error.leader : undefined;

/** Where the leaders that were told of are. */
export function endpointsOf(
  { cluster }: RequestContext,
  leaders: readonly ({ readonly leaderId?: number | undefined } | undefined)[],
): { nodeId: number; host: string; port: number }[] {
  const ids = new Set(leaders.map((leader) => leader?.leaderId));
  return cluster
    .liveNodes()
    .filter(({ id }) => ids.has(id))
    .map(({ id, host, port }) => ({ nodeId: id, host, port }));
}

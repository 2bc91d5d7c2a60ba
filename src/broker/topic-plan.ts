import type { Cluster } from './cluster.ts';
import { topicDefinition } from './configs/configs.ts';
import { problemOf } from './configs/definition.ts';
import { Refusal } from './errors.ts';
import type { NewTopic } from './topics.ts';

/** A topic as somebody asks for it. */
export interface TopicWish {
  readonly name: string;
  /** -1 is the broker's default. */
  readonly numPartitions: number;
  /** -1 is the broker's default. */
  readonly replicationFactor: number;
  /** Replicas by partition; empty leaves them to the broker. */
  readonly assignments: readonly { partitionIndex: number; brokerIds: readonly number[] }[];
  readonly configs: readonly { name: string; value: string | null }[];
}

/** The topic that a wish comes to. Throws a Refusal with Kafka's code and words when it cannot be. */
export function planTopic(cluster: Cluster, wish: TopicWish): NewTopic {
  cluster.topics.checkName(wish.name);
  const assignments =
    wish.assignments.length > 0 ? assignedByHand(cluster, wish) : spread(cluster, wish);
  return { name: wish.name, assignments, configs: checkedTopicConfigs(wish.configs) };
}

/** Most partitions that one wish may add: a slip of a digit should not fill the memory. */
export const MAX_ADDED = 10_000;

/** Throws POLICY_VIOLATION when too many partitions are to be added at once. */
export function checkAdded(count: number): void {
  if (count <= MAX_ADDED) return;
  throw new Refusal('POLICY_VIOLATION', 'Excessively large number of partitions per request.');
}

/** Values of topic configs, null being none. Throws INVALID_CONFIG. */
function checkedTopicConfigs(configs: TopicWish['configs']): Map<string, string> {
  const checked = new Map<string, string>();
  for (const { name, value } of configs) {
    const definition = topicDefinition(name);
    if (definition === undefined) {
      throw new Refusal('INVALID_CONFIG', `Unknown topic config name: ${name}`);
    }
    if (value === null) {
      throw new Refusal('INVALID_CONFIG', `Null value not supported for topic configs: ${name}`);
    }
    const problem = problemOf(definition, value);
    if (problem !== null) throw new Refusal('INVALID_CONFIG', problem);
    checked.set(name, value);
  }
  return checked;
}

/** Throws INVALID_REPLICATION_FACTOR when there are fewer nodes than replicas. */
function checkReplicationFactor(cluster: Cluster, replicationFactor: number): void {
  const count = cluster.nodes.length;
  if (replicationFactor <= count) return;
  throw new Refusal(
    'INVALID_REPLICATION_FACTOR',
    `Unable to replicate the partition ${replicationFactor} time(s): The target replication factor of ${replicationFactor} cannot be reached because only ${count} broker(s) are registered.`,
  );
}

/** Throws INVALID_REPLICA_ASSIGNMENT when these cannot be the replicas of a partition. */
export function checkReplicas(cluster: Cluster, replicas: readonly number[]): void {
  const refuse = (text: string): never => {
    throw new Refusal('INVALID_REPLICA_ASSIGNMENT', text);
  };
  if (replicas.length === 0) {
    refuse('The manual partition assignment includes an empty replica list.');
  }
  const ids = cluster.nodes.map(({ id }) => id);
  for (const [i, replica] of replicas.entries()) {
    if (!ids.includes(replica)) {
      refuse(
        `The manual partition assignment includes broker ${replica}, but no such broker is registered.`,
      );
    }
    if (replicas.indexOf(replica) !== i) {
      refuse(`The manual partition assignment includes the broker ${replica} more than once.`);
    }
  }
}

function spread(cluster: Cluster, { name, ...wish }: TopicWish): number[][] {
  const { configs, topics } = cluster;
  const { numPartitions, replicationFactor } = wish;
  if (numPartitions < -1 || numPartitions === 0) {
    const text = 'Number of partitions was set to an invalid non-positive value.';
    throw new Refusal('INVALID_PARTITIONS', text);
  }
  if (replicationFactor < -1 || replicationFactor === 0) {
    const text = 'Replication factor must be larger than 0, or -1 to use the default value.';
    throw new Refusal('INVALID_REPLICATION_FACTOR', text);
  }
  const replicas = orDefault(replicationFactor, configs.number('default.replication.factor'));
  checkReplicationFactor(cluster, replicas);
  const count = orDefault(numPartitions, configs.number('num.partitions'));
  checkAdded(count);
  return topics.spread(name, 0, count, replicas);
}

const orDefault = (asked: number, otherwise: number): number => (asked === -1 ? otherwise : asked);

function assignedByHand(cluster: Cluster, wish: TopicWish): (readonly number[])[] {
  const { assignments, numPartitions, replicationFactor } = wish;
  if (replicationFactor !== -1) {
    const text =
      'A manual partition assignment was specified, but replication factor was not set to -1.';
    throw new Refusal('INVALID_REQUEST', text);
  }
  if (numPartitions !== -1) {
    const text =
      'A manual partition assignment was specified, but numPartitions was not set to -1.';
    throw new Refusal('INVALID_REQUEST', text);
  }
  const sorted = [...assignments].sort((one, other) => one.partitionIndex - other.partitionIndex);
  for (const [i, { partitionIndex, brokerIds }] of sorted.entries()) {
    if (partitionIndex !== i) {
      const text =
        sorted[i - 1]?.partitionIndex === partitionIndex
          ? `Found multiple manual partition assignments for partition ${partitionIndex}`
          : 'partitions should be a consecutive 0-based integer sequence';
      throw new Refusal('INVALID_REPLICA_ASSIGNMENT', text);
    }
    checkReplicas(cluster, brokerIds);
    if (brokerIds.length !== sorted[0]?.brokerIds.length) {
      const text = `The manual partition assignment includes a partition with ${brokerIds.length} replica(s), but this is not consistent with previous partitions, which have ${sorted[0]?.brokerIds.length} replica(s).`;
      throw new Refusal('INVALID_REPLICA_ASSIGNMENT', text);
    }
  }
  return sorted.map(({ brokerIds }) => brokerIds);
}

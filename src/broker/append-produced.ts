import type { Cluster } from './cluster.ts';
import { Refusal } from './errors.ts';
import { checkProduced, type DoorRules } from './log/door.ts';
import type { Partition } from './partition.ts';
import type { Appended } from './sequences.ts';
import type { Topic } from './topic.ts';

/** How a producer sends. */
export interface ProduceTerms {
  /** It waits for all replicas in sync (acks -1). */
  readonly needsAllReplicas: boolean;
  readonly allowsZstd: boolean;
}

/** Checks what a producer sent for a partition and appends it, unless it was appended before. Throws a Refusal as Kafka would. */
export function appendProduced(
  cluster: Cluster,
  topic: Topic,
  partition: Partition,
  records: Buffer,
  { needsAllReplicas, allowsZstd }: ProduceTerms,
): Appended {
  const setting = (name: string): string => cluster.configs.topicText(topic.configs, name);
  if (needsAllReplicas && partition.isr.length < Number(setting('min.insync.replicas'))) {
    throw new Refusal('NOT_ENOUGH_REPLICAS');
  }
  const rules: DoorRules = {
    maxBytes: Number(setting('max.message.bytes')),
    allowsZstd,
    nowMs: cluster.nowMs(),
    maxBehindMs: BigInt(setting('message.timestamp.before.max.ms')),
    maxAheadMs: BigInt(setting('message.timestamp.after.max.ms')),
    hasLogAppendTime: setting('message.timestamp.type') === 'LogAppendTime',
  };
  const batch = checkProduced(records, rules);
  const earlier = partition.sequences.check(batch);
  if (earlier) return earlier;
  if (!batch.isTransactional && partition.log.transactions.isOpen(batch.producerId)) {
    throw new Refusal('INVALID_TXN_STATE');
  }
  const stampMs = rules.hasLogAppendTime ? BigInt(rules.nowMs) : null;
  const baseOffset = partition.log.append(batch, partition.leaderEpoch, stampMs);
  const appended = { baseOffset, logAppendTimeMs: stampMs ?? -1n };
  partition.sequences.add(batch, appended);
  partition.changed.ring();
  return appended;
}

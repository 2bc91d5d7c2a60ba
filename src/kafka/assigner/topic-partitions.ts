import type { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/**
 * Some partitions of one topic: the entry that owned partitions and assignments are both made of. Source: Kafka,
 * `ConsumerProtocolSubscription.json` and `ConsumerProtocolAssignment.json`, "TopicPartition".
 */
export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** Reads `[topic string, [partition int32]]`. Numbers and repeats are as the sender wrote them. */
export function readTopicPartitions(reader: WireReader): TopicPartitions[] {
  return reader.array(() => ({
    topic: reader.string(),
    partitions: reader.array(() => reader.int32()),
  }));
}

/** Writes entries merged and sorted, so that equal sets give equal bytes. */
export function writeTopicPartitions(
  writer: WireWriter,
  entries: readonly TopicPartitions[],
): void {
  writer.array([...mergeTopicPartitions(entries)], ([topic, partitions]) =>
    writer.string(topic).int32(partitions.length).int32s(partitions),
  );
}

/** One entry per topic, topics and partitions ascending, each partition once. */
export function mergeTopicPartitions(entries: readonly TopicPartitions[]): Map<string, number[]> {
  const sets = new Map<string, Set<number>>();
  for (const { topic, partitions } of entries) {
    const set = sets.get(topic) ?? new Set();
    for (const partition of partitions) set.add(partition);
    sets.set(topic, set);
  }
  const sorted = [...sets].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([topic, set]) => [topic, [...set].sort((a, b) => a - b)]));
}

/** Samples from a status: per pipeline, per topic and per partition, each labelled and in a fixed order. */
import type { PartitionStatus, PipelineStatus, TopicCounts } from '../contract/status.ts';
import type { Labels, Sample } from './exposition.ts';

export function perPipeline(
  pipelines: readonly PipelineStatus[],
  measure: (pipeline: PipelineStatus) => number,
): Sample[] {
  return pipelines.map((pipeline) => ({
    labels: { pipeline: pipeline.id },
    value: measure(pipeline),
  }));
}

/** Adds a field of the partitions up over their pipeline. */
export const sumOf =
  (field: Countable) =>
  ({ partitions }: PipelineStatus): number =>
    partitions.reduce((sum, partition) => sum + partition[field], 0);

type Countable = 'buffered' | 'bufferedBytes' | 'replayBound' | 'lanesWaiting' | 'lanesHalted';

/**
 * Samples of each topic that has counts or partitions here. Held topics count from 0 on: a counter that appears with its
 * first failure has no increase to alarm on.
 */
export function perTopic(
  pipelines: readonly PipelineStatus[],
  measure: (counts: TopicCounts | undefined) => readonly (readonly [Labels, number])[],
): Sample[] {
  return pipelines.flatMap(({ id, topics, partitions }) => {
    const names = new Set([...topics.keys(), ...partitions.map(({ topic }) => topic)]);
    return [...names].sort().flatMap((topic) =>
      measure(topics.get(topic)).map(([labels, value]) => ({
        labels: { pipeline: id, topic, ...labels },
        value,
      })),
    );
  });
}

/** A partition without a value has no sample. */
export function perPartition(
  pipelines: readonly PipelineStatus[],
  measure: (partition: PartitionStatus) => number | bigint | null,
): Sample[] {
  return pipelines.flatMap(({ id, partitions }) =>
    [...partitions].sort(byPlace).flatMap((status) => {
      const { topic, partition } = status;
      const value = measure(status);
      return value === null ? [] : [{ labels: { pipeline: id, topic, partition }, value }];
    }),
  );
}

function byPlace(a: PartitionStatus, b: PartitionStatus): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}

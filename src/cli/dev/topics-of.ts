import type { TopicPlan } from '../../cluster-access.ts';
import type { MillraceConfig } from '../../contract/config.ts';

/** The topics that a configuration names: those that are read, and those that results go to. Patterns name none. */
export function topicsOf({ pipelines }: MillraceConfig): TopicPlan[] {
  const names = pipelines.flatMap(({ source, sink }) => [
    ...source.topics,
    ...(sink === null ? [] : [sink.topic]),
  ]);
  const least = new Map<string, number>();
  for (const { source } of pipelines) {
    for (const [topic, partitions] of Object.entries(source.partitions ?? {})) {
      least.set(topic, Math.max(...partitions) + 1);
    }
  }
  return [...new Set(names)].map((name) => ({
    name,
    partitions: Math.max(PARTITIONS, least.get(name) ?? 0),
  }));
}

/** Enough that work is shared out, few enough to look at. */
const PARTITIONS = 8;

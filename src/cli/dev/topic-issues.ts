import type { ConfigIssue } from '../../config/issue.ts';
import type { ReadResult } from '../../config/read.ts';
import { MillraceError } from '../../contract/errors.ts';

/** A topic that can't be created, at its place in the configuration; null for any other error. */
export function topicIssues(cause: unknown, { config, issueAt }: ReadResult): ConfigIssue[] | null {
  if (!(cause instanceof MillraceError && cause.code === 'MR343')) return null;
  const { topic } = cause.facts;
  if (typeof topic !== 'string') return null;
  const pipelines = config?.pipelines ?? [];
  const reader = pipelines.find(({ source }) => source.topics.includes(topic));
  if (reader) {
    const place = ['pipelines', reader.id, 'source', 'topics'];
    return [issueAt(place, cause.code, cause.message)];
  }
  const writer = pipelines.find(({ sink }) => sink?.topic === topic);
  if (!writer) return null;
  return [issueAt(['pipelines', writer.id, 'sink', 'topic'], cause.code, cause.message)];
}

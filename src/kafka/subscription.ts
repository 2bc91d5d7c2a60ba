import type { SourceConfig } from '../contract/config.ts';
import { EXIT, MillraceError } from '../contract/errors.ts';
import type { Cluster } from './seam/cluster.ts';

/**
 * The topics that a source means at this moment: the names it states, which have to exist, or what matches its pattern now.
 * Rejects with MR303 (exit 78) for a topic that doesn't exist, MR304 (exit 77) for one that may not be read.
 */
export async function resolveTopics(cluster: Cluster, source: SourceConfig): Promise<string[]> {
  const { pattern } = source;
  if (pattern) return matchingTopics(cluster, pattern);
  for (const topic of source.topics) await checkTopic(cluster, topic);
  return [...source.topics];
}

async function matchingTopics(cluster: Cluster, pattern: RegExp): Promise<string[]> {
  const { topicMetadata } = await cluster.metadata({ topics: [] });
  const topics = topicMetadata
    .filter(
      ({ topic, isInternal }) => !isInternal && !topic.startsWith('__') && pattern.test(topic),
    )
    .map(({ topic }) => topic)
    .sort();
  if (topics.length > 0) await cluster.addMultipleTargetTopics(topics);
  return topics;
}

/** Looks one topic up, so that an error can name it. */
async function checkTopic(cluster: Cluster, topic: string): Promise<void> {
  try {
    await cluster.addMultipleTargetTopics([topic]);
  } catch (cause) {
    const { type } = cause as { type?: unknown };
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION' || type === 'INVALID_TOPIC_EXCEPTION') {
      throw new MillraceError(
        'MR303',
        `The topic ${topic} does not exist. Create it, or correct source.topics.`,
        {
          exit: EXIT.config,
          facts: { topic },
        },
      );
    }
    if (type === 'TOPIC_AUTHORIZATION_FAILED') {
      throw new MillraceError(
        'MR304',
        `Describing the topic ${topic} is not allowed. The user needs the ACLs Describe and Read on it.`,
        { exit: EXIT.refused, facts: { topic }, cause },
      );
    }
    throw cause;
  }
}

/**
 * Rules between the keys of one pipeline. A rule is a row: the keys it looks at, what must not hold and what to say.
 * A rule is left out when one of its keys has a problem of its own, and is reported at the first key that is written.
 */
import type { CheckedPipeline, CheckedRoot } from './checked.ts';
import type { Issues } from './issue.ts';
import type { ProblemName } from './problem.ts';
import { formatDuration, formatSize } from './quantity.ts';
import { type ConfigNode, nodeAt, spotAt } from './tree.ts';

interface Rule {
  readonly problem: ProblemName;
  /** Keys of the pipeline, dotted; with a leading `/` keys of the root. */
  readonly keys: readonly [string, ...string[]];
  readonly broken: (pipeline: CheckedPipeline, root: CheckedRoot) => boolean;
  /** What is wrong, after the path of the pipeline. */
  readonly message: (pipeline: CheckedPipeline, root: CheckedRoot) => string;
}

const rules: readonly Rule[] = [
  {
    problem: 'limits',
    keys: ['source.heartbeatInterval', 'source.sessionTimeout'],
    broken: ({ source }) => source.heartbeatIntervalMs * 3 >= source.sessionTimeoutMs,
    message: ({ source }) =>
      `heartbeatInterval (${formatDuration(source.heartbeatIntervalMs)}) must be below a third of ` +
      `sessionTimeout (${formatDuration(source.sessionTimeoutMs)})`,
  },
  {
    problem: 'limits',
    keys: ['rebalance.drainTimeout', 'source.rebalanceTimeout'],
    broken: ({ rebalance, source }) => rebalance.drainTimeoutMs >= source.rebalanceTimeoutMs,
    message: ({ rebalance, source }) =>
      `rebalance.drainTimeout (${formatDuration(rebalance.drainTimeoutMs)}) must be below ` +
      `source.rebalanceTimeout (${formatDuration(source.rebalanceTimeoutMs)})`,
  },
  {
    problem: 'limits',
    keys: ['rebalance.drainTimeout', '/shutdown.timeout'],
    broken: ({ rebalance }, { shutdown }) => rebalance.drainTimeoutMs >= shutdown.timeoutMs,
    message: ({ rebalance }, { shutdown }) =>
      `rebalance.drainTimeout (${formatDuration(rebalance.drainTimeoutMs)}) must be below ` +
      `shutdown.timeout (${formatDuration(shutdown.timeoutMs)})`,
  },
  {
    problem: 'limits',
    keys: ['retry.backoff.max', 'retry.backoff.initial', 'retry.backoff.type'],
    broken: ({ retry: { backoff } }) =>
      backoff.type === 'exponential' && backoff.maxMs < backoff.initialMs,
    message: ({ retry: { backoff } }) =>
      `retry.backoff.max (${formatDuration(backoff.maxMs)}) must not be below ` +
      `initial (${formatDuration(backoff.initialMs)})`,
  },
  {
    problem: 'limits',
    keys: ['buffer.maxBytes', 'source.fetch.maxPartitionBytes'],
    broken: ({ buffer, source }) => buffer.maxBytes < source.fetch.maxPartitionBytes,
    message: ({ buffer, source }) =>
      `buffer.maxBytes (${formatSize(buffer.maxBytes)}) must not be below ` +
      `source.fetch.maxPartitionBytes (${formatSize(source.fetch.maxPartitionBytes)})`,
  },
  {
    problem: 'limits',
    keys: ['source.fetch.minBytes', 'source.fetch.maxBytes'],
    broken: ({ source: { fetch } }) => fetch.minBytes > fetch.maxBytes,
    message: ({ source: { fetch } }) =>
      `source.fetch.minBytes (${formatSize(fetch.minBytes)}) must not be above ` +
      `maxBytes (${formatSize(fetch.maxBytes)})`,
  },
  {
    problem: 'limits',
    keys: ['stuckAfter', 'timeout'],
    broken: ({ stuckAfterMs, timeoutMs }) => stuckAfterMs !== 'auto' && stuckAfterMs <= timeoutMs,
    message: ({ timeoutMs }) =>
      `stuckAfter must be above timeout (${formatDuration(timeoutMs)}), or auto`,
  },
  {
    problem: 'partitions',
    keys: ['source.partitions', 'source.topics'],
    broken: ({ source }) =>
      source.topics.pattern !== null && Object.keys(source.partitions).length > 0,
    message: () => 'source.partitions cannot be given for a pattern; list the topics by name',
  },
  {
    problem: 'partitions',
    keys: ['source.partitions', 'source.topics'],
    broken: ({ source }) => strayTopics(source).length > 0 && source.topics.pattern === null,
    message: ({ source }) =>
      `source.partitions names ${strayTopics(source).join(', ')}, which source.topics does not list`,
  },
  {
    problem: 'partitions',
    keys: ['source.partitions', 'source.topics'],
    broken: ({ source }) => unassigned(source).length > 0,
    message: ({ source }) =>
      `source.partitions says nothing for ${unassigned(source).join(', ')}, which would not be read`,
  },
  {
    problem: 'limits',
    keys: ['source.instanceId', 'source.partitions'],
    broken: ({ source }) => source.instanceId !== '' && Object.keys(source.partitions).length > 0,
    message: ({ source }) =>
      `source.instanceId ("${source.instanceId}") is of a member of the group, and with source.partitions there is none`,
  },
  {
    problem: 'ownSink',
    keys: ['sink.topic', 'source.topics'],
    broken: ({ sink, source }) => sink !== null && reads(source, sink.topic),
    message: ({ sink }) => `sink.topic ${sink?.topic} is a topic that this pipeline reads`,
  },
];

/** True when a source reads a topic, by name or by pattern. */
export function reads({ topics }: CheckedPipeline['source'], topic: string): boolean {
  return topics.pattern?.test(topic) ?? topics.names.includes(topic);
}

function strayTopics({ topics, partitions }: CheckedPipeline['source']): string[] {
  return Object.keys(partitions).filter((topic) => !topics.names.includes(topic));
}

function unassigned({ topics, partitions }: CheckedPipeline['source']): string[] {
  if (Object.keys(partitions).length === 0) return [];
  return topics.names.filter((topic) => !Object.hasOwn(partitions, topic));
}

/** Applies the rules to one pipeline; `tree` says where its keys stand. */
export function checkRules(
  id: string,
  pipeline: CheckedPipeline,
  root: CheckedRoot,
  tree: ConfigNode,
  issues: Issues,
): void {
  for (const { problem, keys, broken, message } of rules) {
    const paths = keys.map((key) => pathOf(key, id));
    if (paths.some((path) => issues.spoiled(path)) || !broken(pipeline, root)) continue;
    const path = paths.find((one) => nodeAt(tree, one) !== undefined) ?? ['pipelines', id];
    const text = `pipelines.${id}: ${message(pipeline, root)}`;
    issues.add(problem, spotAt(tree, path), text, { scope: ['pipelines', id] });
  }
}

function pathOf(key: string, id: string): string[] {
  return key.startsWith('/') ? key.slice(1).split('.') : ['pipelines', id, ...key.split('.')];
}

/** From checked values to the configuration: finds handlers and resolves `auto`. */
import type { MillraceConfig, PipelineConfig, WorkersConfig } from '../contract/config.ts';
import type { CheckedPipeline, CheckedRoot, CheckedWorkers, Selected } from './checked.ts';
import { findHandler } from './handler-file.ts';
import type { Issues } from './issue.ts';
import { type ConfigNode, nodeAt, spotAt } from './tree.ts';

/** The configuration, or null when a problem keeps it from being used. */
export function build(
  root: CheckedRoot,
  selected: readonly Selected[],
  tree: ConfigNode,
  cpus: number,
  issues: Issues,
): MillraceConfig | null {
  const shared = buildWorkers(root.workers, cpus);
  const pipelines = selected.map((one) => buildPipeline(one, shared, tree, cpus, issues));
  if (issues.failed) return null;
  const { kafka, http, logging, shutdown } = root;
  return {
    kafka,
    http,
    logging,
    shutdown,
    workers: shared,
    pipelines: pipelines.filter((pipeline) => pipeline !== null),
  };
}

function buildWorkers(checked: CheckedWorkers, cpus: number): WorkersConfig {
  const { threads, concurrencyPerThread, maxHeapBytes } = checked;
  return {
    threads: threads === 'auto' ? Math.max(1, cpus - 1) : threads,
    concurrencyPerThread,
    maxHeapBytes: maxHeapBytes === 'auto' ? null : maxHeapBytes,
  };
}

function buildPipeline(
  { id, pipeline }: Selected,
  shared: WorkersConfig,
  tree: ConfigNode,
  cpus: number,
  issues: Issues,
): PipelineConfig | null {
  const workers = pipeline.workers === null ? null : buildWorkers(pipeline.workers, cpus);
  const concurrency = concurrencyOf(id, pipeline, workers ?? shared, tree, issues);
  const key = ['pipelines', id, 'handler'];
  const node = nodeAt(tree, key);
  if (node === undefined || issues.spoiled(key)) return null;
  const handler = findHandler(pipeline.handler, node.spot, key, issues);
  // With any problem, what was checked may lack required keys.
  if (handler === null || issues.failed) return null;
  const { enabled: _, source, stuckAfterMs, ...rest } = pipeline;
  const { topics, instanceId, partitions, ...common } = source;
  return {
    ...rest,
    id,
    source: {
      ...common,
      topics: topics.names,
      pattern: topics.pattern,
      instanceId: instanceId === '' ? null : instanceId,
      partitions: Object.keys(partitions).length === 0 ? null : partitions,
    },
    handler,
    concurrency,
    stuckAfterMs: stuckAfterMs === 'auto' ? Math.max(60_000, 2 * pipeline.timeoutMs) : stuckAfterMs,
    workers,
  };
}

function concurrencyOf(
  id: string,
  { concurrency }: CheckedPipeline,
  { threads, concurrencyPerThread }: WorkersConfig,
  tree: ConfigNode,
  issues: Issues,
): number {
  const most = threads * concurrencyPerThread;
  if (concurrency === 'auto') return most;
  const path = ['pipelines', id, 'concurrency'];
  const isKnown = ![path, ['workers'], ['workers', 'threads']].some((key) => issues.spoiled(key));
  if (concurrency > most && isKnown) {
    const message = `${path.join('.')}: ${threads} threads with ${concurrencyPerThread} records each hold ${most}, not ${concurrency}`;
    issues.add('concurrency', spotAt(tree, path), message, {
      hint: `write at most ${most}, or auto`,
      path,
    });
  }
  return concurrency;
}

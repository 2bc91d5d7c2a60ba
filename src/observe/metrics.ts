import type { ThreadDeath } from '../contract/signals.ts';
import type { EngineStatus, PipelineStatus } from '../contract/status.ts';
import { DURATION_BUCKETS } from '../contract/thread.ts';
import type { FailureKind } from '../contract/verdict.ts';
import { exposition, type Family, type Sample } from './exposition.ts';
import { lagOf } from './lag.ts';
import type { LoopDelay } from './loop-delay.ts';
import { perPartition, perPipeline, perTopic, sumOf } from './samples.ts';

/** What is told of the process beside the engine. */
export interface ProcessFacts {
  /** Version of Millrace. */
  readonly version: string;
  /** Version of Node, without the v. */
  readonly node: string;
  readonly residentBytes: number;
  readonly loopDelay: LoopDelay;
}

/**
 * All metrics of the process as text. Names, labels and types are public API. Order is fixed: metrics as here, pipelines as
 * configured, then topic and partition. Nothing unknown is written as 0: its series is absent.
 */
export function renderMetrics(status: EngineStatus, facts: ProcessFacts): string {
  const { pipelines } = status;
  return exposition([
    ...recordFamilies(pipelines),
    ...partitionFamilies(pipelines),
    ...memberFamilies(pipelines),
    durations(pipelines),
    restarts(status),
    ...processFamilies(facts),
  ]);
}

const recordFamilies = (pipelines: readonly PipelineStatus[]): Family[] => [
  {
    name: 'millrace_records_handled_total',
    type: 'counter',
    help: 'Records that ended, by what became of them.',
    samples: perTopic(pipelines, (counts) =>
      OUTCOMES.map((outcome) => [{ outcome }, counts?.[outcome] ?? 0]),
    ),
  },
  {
    name: 'millrace_attempts_failed_total',
    type: 'counter',
    help: 'Attempts at records that failed, by kind of failure.',
    samples: perTopic(pipelines, (counts) =>
      KINDS.map((kind) => [{ kind }, counts?.failed[kind] ?? 0]),
    ),
  },
  {
    name: 'millrace_records_in_flight',
    type: 'gauge',
    help: 'Records handed to threads and not back.',
    samples: perPipeline(pipelines, ({ inFlight }) => inFlight),
  },
  {
    name: 'millrace_records_buffered',
    type: 'gauge',
    help: 'Records fetched and not ended.',
    samples: perPipeline(pipelines, sumOf('buffered')),
  },
  {
    name: 'millrace_buffered_bytes',
    type: 'gauge',
    help: 'Bytes of the fetched blocks that still hold records not ended.',
    samples: perPipeline(pipelines, sumOf('bufferedBytes')),
  },
  {
    name: 'millrace_replay_bound_records',
    type: 'gauge',
    help: 'Records handed out above the committed offsets: at most so many run again after a crash.',
    samples: perPipeline(pipelines, sumOf('replayBound')),
  },
  {
    name: 'millrace_lanes_blocked',
    type: 'gauge',
    help: 'Lanes that wait for a retry, or to run alone.',
    samples: perPipeline(pipelines, sumOf('lanesWaiting')),
  },
  {
    name: 'millrace_lanes_halted',
    type: 'gauge',
    help: 'Lanes halted by onFailure.',
    samples: perPipeline(pipelines, sumOf('lanesHalted')),
  },
];

const partitionFamilies = (pipelines: readonly PipelineStatus[]): Family[] => [
  {
    name: 'millrace_consumer_lag',
    type: 'gauge',
    help: 'Offsets from the watermark to the end of the partition; absent while the end is unknown.',
    samples: perPartition(pipelines, lagOf),
  },
  {
    name: 'millrace_committed_offset',
    type: 'gauge',
    help: 'Offset that the broker has confirmed for the group.',
    samples: perPartition(pipelines, ({ committed }) => committed),
  },
  {
    name: 'millrace_partition_paused',
    type: 'gauge',
    help: '1 while nothing is fetched from the partition: its buffer is full, or policy stopped it.',
    samples: perPartition(pipelines, ({ isPaused, state }) =>
      isPaused || state === 'stopped' ? 1 : 0,
    ),
  },
];

const memberFamilies = (pipelines: readonly PipelineStatus[]): Family[] => [
  {
    name: 'millrace_commits_total',
    type: 'counter',
    help: 'Commit requests, by what the broker said.',
    samples: pipelines.flatMap(({ id, commits }) => [
      { labels: { pipeline: id, result: 'ok' }, value: commits.ok },
      { labels: { pipeline: id, result: 'error' }, value: commits.failed },
    ]),
  },
  {
    name: 'millrace_rebalances_total',
    type: 'counter',
    help: 'Rebalances of the group that this member took part in.',
    samples: perPipeline(pipelines, ({ rebalances }) => rebalances),
  },
];

const durations = (pipelines: readonly PipelineStatus[]): Family => ({
  name: 'millrace_handler_duration_seconds',
  type: 'histogram',
  help: 'How long the handler ran, per attempt.',
  samples: pipelines.flatMap(({ id, durations: { sum, counts } }) => {
    const labels = { pipeline: id };
    let total = 0;
    const buckets = [...DURATION_BUCKETS.map(String), '+Inf'].map((le, i): Sample => {
      total += counts[i] ?? 0;
      return { suffix: '_bucket', labels: { ...labels, le }, value: total };
    });
    return [
      ...buckets,
      { suffix: '_sum', labels, value: sum },
      { suffix: '_count', labels, value: total },
    ];
  }),
});

/** Threads belong to a pool: the label is the pipeline of a private one, and `shared` for the one that pipelines share. */
function restarts({ threads }: EngineStatus): Family {
  const pools = [...new Set(threads.map(({ pool }) => pool))];
  return {
    name: 'millrace_thread_restarts_total',
    type: 'counter',
    help: 'Worker threads that ended or were replaced, by cause.',
    samples: pools.flatMap((pool) =>
      DEATHS.map((reason) => ({
        labels: { pipeline: pool, reason },
        value: threads
          .filter((thread) => thread.pool === pool)
          .reduce((sum, thread) => sum + (thread.restarts.get(reason) ?? 0), 0),
      })),
    ),
  };
}

const processFamilies = ({ version, node, residentBytes, loopDelay }: ProcessFacts): Family[] => [
  {
    name: 'millrace_event_loop_delay_seconds',
    type: 'summary',
    help: 'How late timers of the main thread come; quantiles of the last minute or so.',
    samples: [
      ...loopDelay.quantiles.map(([quantile, value]) => ({ labels: { quantile }, value })),
      { suffix: '_sum', labels: {}, value: loopDelay.sum },
      { suffix: '_count', labels: {}, value: loopDelay.count },
    ],
  },
  {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Resident memory of the process.',
    samples: [{ labels: {}, value: residentBytes }],
  },
  {
    name: 'millrace_build_info',
    type: 'gauge',
    help: 'Versions of Millrace and Node; always 1.',
    samples: [{ labels: { version, node }, value: 1 }],
  },
];

/** All names of a union, in this order; the compiler knows when one is missing. */
const all = <Name extends string>(names: Readonly<Record<Name, true>>): readonly Name[] =>
  Object.keys(names) as Name[];

const OUTCOMES = ['ack', 'skip', 'drop'] as const;
const KINDS: readonly FailureKind[] = all<FailureKind>({
  error: true,
  timeout: true,
  crash: true,
  deserialize: true,
  schema: true,
  produce: true,
});
const DEATHS: readonly ThreadDeath[] = all<ThreadDeath>({
  exit: true,
  crash: true,
  heap: true,
  stuck: true,
});

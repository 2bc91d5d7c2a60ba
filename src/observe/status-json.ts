import type { EngineStatus, PartitionStatus, PipelineStatus } from '../contract/status.ts';
import { lagOf } from './lag.ts';

/** `/api/v1/status`: what the engine is doing, as JSON. Offsets are texts: they may be larger than a number can be. */
export function statusJson({ state, pipelines, threads }: EngineStatus, version: string): object {
  return {
    state,
    version,
    pipelines: pipelines.map(pipelineJson),
    threads: threads.map(({ id, pool, isReady, restarts }) => ({
      id,
      pool,
      state: isReady ? 'ready' : 'starting',
      running: runningOn(pipelines, id),
      restarts: [...restarts.values()].reduce((sum, count) => sum + count, 0),
    })),
  };
}

function pipelineJson({ partitions, ...pipeline }: PipelineStatus): object {
  const { id, state, groupId, memberId, generation } = pipeline;
  return { id, state, groupId, memberId, generation, partitions: partitions.map(partitionJson) };
}

function partitionJson(partition: PartitionStatus): object {
  const { topic, partition: index, state, position, watermark, committed, end } = partition;
  const { holding, inFlight, buffered, isPaused, lanesHalted } = partition;
  return {
    topic,
    partition: index,
    state,
    position: text(position),
    watermark: text(watermark),
    committed: text(committed),
    end: text(end),
    lag: text(lagOf(partition)),
    inFlight,
    buffered,
    paused: isPaused,
    halted: lanesHalted,
    holding: holding && { ...holding, offset: text(holding.offset) },
  };
}

/** First open records of partitions whose handler runs on a thread, as `topic/partition@offset`. */
function runningOn(pipelines: readonly PipelineStatus[], thread: number): string[] {
  return pipelines.flatMap(({ partitions }) =>
    partitions.flatMap(({ topic, partition, holding }) =>
      holding?.thread === thread && holding.why === 'running'
        ? [`${topic}/${partition}@${holding.offset}`]
        : [],
    ),
  );
}

const text = (offset: bigint | null): string | null => (offset === null ? null : String(offset));

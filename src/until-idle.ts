import type { EngineStatus, PipelineStatus } from './contract/status.ts';

/**
 * Resolves when every record of every pipeline has been handled for `idleMs` without a break: the watermark of each partition
 * is at its end, nothing is in flight, and no record has ended meanwhile. An unknown end is not idle. `cancel` ends the watch,
 * and the promise never resolves.
 */
export function untilIdle(
  status: () => EngineStatus,
  idleMs: number,
): { idle: Promise<void>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<void>((resolve) => {
    let sinceMs: number | null = null;
    let ended = 0;
    timer = setInterval(() => {
      const { pipelines } = status();
      // A record may come and end between two looks.
      const before = ended;
      ended = endedIn(pipelines);
      if (ended !== before || !pipelines.every(isIdle)) sinceMs = null;
      else sinceMs ??= performance.now();
      if (sinceMs === null || performance.now() - sinceMs < idleMs) return;
      clearInterval(timer);
      resolve();
    }, LOOK_MS);
  });
  return { idle, cancel: () => clearInterval(timer) };
}

/** A partition that is stopped, or held up by a halted lane, can't get further: waiting for it would never end. */
function isIdle({ hasJoined, inFlight, partitions }: PipelineStatus): boolean {
  if (!hasJoined || inFlight > 0) return false;
  return partitions.every(({ state, watermark, end, buffered, lanesHalted }) => {
    if (state === 'stopped') return true;
    if (state !== 'running' || watermark === null || end === null) return false;
    return watermark >= end || (lanesHalted > 0 && buffered > 0);
  });
}

/** Records that have come to an end since the start. */
function endedIn(pipelines: readonly PipelineStatus[]): number {
  let count = 0;
  for (const { topics } of pipelines)
    for (const { ack, skip, drop } of topics.values()) count += ack + skip + drop;
  return count;
}

const LOOK_MS = 50;

/**
 * The checks behind each probe, as functions of a status. Liveness asks for a restart, so it fails only when a restart
 * helps: when a pipeline is stuck. It never depends on brokers, lag, a rebalance or failing records. Readiness tells
 * whether the process does its work: holding no partition is ready, stopping is not. Startup is over with the first
 * assignment. Nothing here tells more than a stranger may know: probes ask without credentials.
 */
import type { EngineStatus, ThreadStatus } from '../contract/status.ts';
import { LATELY_MS } from './lag.ts';
import type { Progress } from './progress.ts';

/** The result of one check at one moment. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

export function liveFindings(
  { pipelines }: EngineStatus,
  progress: ReadonlyMap<string, Progress>,
): Finding[] {
  const moving = pipelines.map(({ id }) => {
    const stillMs = progress.get(id)?.stillMs ?? 0;
    const ok = !progress.get(id)?.isStuck;
    const detail = `records to handle, and nothing moved for ${seconds(stillMs)} s`;
    return finding(`progress ${id}`, ok, detail);
  });
  const partitions = pipelines.flatMap((pipeline) => pipeline.partitions);
  const halted = partitions.reduce((sum, { lanesHalted }) => sum + lanesHalted, 0);
  const stopped = partitions.filter(({ state }) => state === 'stopped').length;
  if (halted + stopped === 0) return moving;
  const detail = `${halted} lanes halted, ${stopped} partitions stopped`;
  return [...moving, { name: 'policy', ok: true, detail }];
}

export function readyFindings({ state, pipelines, threads }: EngineStatus): Finding[] {
  const pools = [...new Set(threads.map(({ pool }) => pool))];
  return [
    finding('engine', state === 'running', state),
    ...pools.map((pool) => finding(`threads ${pool}`, hasReady(threads, pool), 'none is ready')),
    ...pipelines.map(({ id, hasJoined }) => finding(`joined ${id}`, hasJoined, 'not yet')),
    ...pipelines.map(({ id, silentMs }) => {
      const ok = silentMs !== null && silentMs <= LATELY_MS;
      const detail = silentMs === null ? 'no answer yet' : `silent for ${seconds(silentMs)} s`;
      return finding(`broker ${id}`, ok, detail);
    }),
  ];
}

export function startupFindings({ state, pipelines, threads }: EngineStatus): Finding[] {
  // A thread that is replaced later loads its handlers again: that is no start any more.
  const isLoaded = state !== 'starting' || threads.every(({ isReady }) => isReady);
  return [
    finding('handlers', isLoaded, 'loading'),
    ...pipelines.map(({ id, hasJoined }) => finding(`joined ${id}`, hasJoined, 'not yet')),
  ];
}

/** `detail` says what is wrong. */
const finding = (name: string, ok: boolean, detail: string): Finding =>
  ok ? { name, ok } : { name, ok, detail };

const hasReady = (threads: readonly ThreadStatus[], of: string): boolean =>
  threads.some(({ pool, isReady }) => pool === of && isReady);

const seconds = (ms: number): number => Math.round(ms / 1000);

import { MillraceError, reportError } from '../../contract/errors.ts';
import type { EngineStatus, PipelineStatus } from '../../contract/status.ts';
import type { Engine } from '../../engine.ts';
import { lagOf } from '../../observe/lag.ts';
import type { Log } from '../../observe/log.ts';

/** What `millrace dev` sends to the process that runs the pipelines, and what it hears. */
export type ToRun = { readonly millrace: 'attach' | 'reload' };
export type FromRun = { readonly millrace: 'running' };

/** What a run lets `millrace dev` do. */
export interface Linked {
  readonly engine: Engine;
  readonly log: Log;
  /** Orders the stop; once more, ends the wait for the drain. */
  insist(why: string): void;
}

/** Serves a `millrace dev` that started this process: reloads handlers on its order, shows what flows, and ends with it. */
export function linkToDev({ engine, log, insist }: Linked): void {
  if (!process.channel) return;
  process.on('message', (message: Partial<ToRun>) => {
    if (message?.millrace === 'attach') attach();
    if (message?.millrace === 'reload') reloaded = reloaded.then(reload);
  });
  let reloaded = Promise.resolve();
  // Another parent may have a channel to its children, too: nothing happens before a dev has said that it is one.
  const attach = (): void => {
    process.on('disconnect', () => {
      insist(GONE);
      // And its broker with it: nothing more can be committed.
      setTimeout(() => insist(GONE), ALONE_MS);
    });
    process.send?.({ millrace: 'running' } satisfies FromRun);
    setInterval(
      showFlow(() => engine.status, log),
      1000,
    ).unref();
  };
  const reload = async (): Promise<void> => {
    const startedMs = performance.now();
    try {
      await engine.reloadHandlers();
      log.info('handlers reloaded', { elapsedMs: Math.round(performance.now() - startedMs) });
    } catch (cause) {
      const text = cause instanceof MillraceError ? cause.message : reportError(cause).stack;
      log.error(`the handlers were not reloaded, those of before go on: ${text}`);
    }
  };
}

const GONE = 'millrace dev is gone';
/** Time for a drain without the broker, in ms. */
const ALONE_MS = 1000;

/** Shows once a second what has happened since, when something has. */
function showFlow(status: () => EngineStatus, log: Log): () => void {
  const before = new Map<string, string>();
  const counts = new Map<string, { handled: number; failed: number }>();
  return () => {
    for (const pipeline of status().pipelines) {
      const now = totals(pipeline);
      const last = counts.get(pipeline.id) ?? { handled: 0, failed: 0 };
      counts.set(pipeline.id, now);
      const fields = {
        handled: now.handled - last.handled,
        failed: now.failed - last.failed,
        inFlight: pipeline.inFlight,
        lag: lag(pipeline),
      };
      const text = JSON.stringify(fields);
      const isNews = fields.handled > 0 || fields.failed > 0 || text !== before.get(pipeline.id);
      before.set(pipeline.id, text);
      if (isNews) log.info('in the last second', { pipeline: pipeline.id, ...fields });
    }
  };
}

function totals({ topics }: PipelineStatus): { handled: number; failed: number } {
  let handled = 0;
  let failed = 0;
  for (const { ack, skip, drop, failed: kinds } of topics.values()) {
    handled += ack + skip + drop;
    for (const count of Object.values(kinds)) failed += count;
  }
  return { handled, failed };
}

/** Over all partitions; null when one is unknown. */
function lag({ partitions }: PipelineStatus): number | null {
  let sum = 0n;
  for (const partition of partitions) {
    const one = lagOf(partition);
    if (one === null) return null;
    sum += one;
  }
  return Number(sum);
}

import { MillraceError, reportError } from '../../contract/errors.ts';
import type { EngineStatus, PipelineStatus } from '../../contract/status.ts';
import type { Engine } from '../../engine.ts';
import { lagOf } from '../../observe/lag.ts';
import type { Log } from '../../observe/log.ts';

/** What `millrace dev` sends to the process that runs the pipelines, and what it hears. */
export type ToRun = { readonly millrace: 'reload' };
export type FromRun = { readonly millrace: 'running' };

/** Serves the `millrace dev` that started this process: reloads handlers on its order, and shows what flows. */
export function linkToDev(engine: Engine, log: Log): void {
  let reloaded = Promise.resolve();
  process.on('message', (message: Partial<ToRun>) => {
    if (message?.millrace === 'reload') reloaded = reloaded.then(() => reload(engine, log));
  });
  process.send?.({ millrace: 'running' } satisfies FromRun);
  setInterval(
    showFlow(() => engine.status, log),
    1000,
  ).unref();
}

async function reload(engine: Engine, log: Log): Promise<void> {
  const startedMs = performance.now();
  try {
    await engine.reloadHandlers();
    log.info('handlers reloaded', { elapsedMs: Math.round(performance.now() - startedMs) });
  } catch (cause) {
    const text = cause instanceof MillraceError ? cause.message : reportError(cause).stack;
    log.error(`the handlers were not reloaded, those of before go on: ${text}`);
  }
}

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

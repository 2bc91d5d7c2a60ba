import { fileURLToPath } from 'node:url';
import type { MessagePort, Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { ThreadDeath } from '../contract/signals.ts';
import type { ThreadStart } from '../contract/thread.ts';

/** How a pump died. */
export interface PumpDeath {
  readonly death: ThreadDeath;
  readonly message: string;
  /** Of the error that nobody caught; null when there was none. */
  readonly stack: string | null;
}

/** A running pump. */
export interface Pump {
  /** Resolves when the thread has really ended: null after a stop, or how it died. Never rejects. */
  readonly ended: Promise<PumpDeath | null>;
  /** Node's number of the thread, once it is known: what `ended` waits for. */
  identify(threadId: number): void;
  /** Ends the thread, whatever it does. */
  kill(reason: string): void;
  /** Ends the thread after its pump has ended, so that the next one begins with nothing loaded. */
  discard(): Promise<void>;
}

/**
 * Hosts pumps on piscina: as many threads as pumps, each with one task that lasts as long as the thread. Piscina makes the
 * threads, replaces those that died and ends them all; a task of ours is aborted to end just its thread.
 */
export class PumpHost {
  readonly #piscina: Piscina;

  /** `maxHeapBytes`: V8 heap limit of one thread; null leaves it to V8. */
  constructor(threads: number, maxHeapBytes: number | null) {
    this.#piscina = new Piscina({
      filename: fileURLToPath(new URL('../../workers/entry.js', import.meta.url)),
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
      // The other modes block an idle thread's event loop, and with it the timers and sockets of handlers.
      atomics: 'disabled',
      recordTiming: false,
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_MB,
        ...(maxHeapBytes === null
          ? {}
          : { maxOldGenerationSizeMb: Math.ceil(maxHeapBytes / 2 ** 20) }),
      },
    });
    // A thread that dies without a task of ours is replaced by piscina; without a listener the event would end the process.
    this.#piscina.on('error', () => {});
  }

  run(task: { readonly port: MessagePort; readonly start: ThreadStart }): Pump {
    const controller = new AbortController();
    let worker: Worker | undefined;
    const run = this.#piscina.run(task, {
      transferList: [task.port],
      signal: controller.signal,
    });
    const ended = run.then(
      () => null,
      async (cause: unknown) => {
        if (worker) await exited(worker);
        return deathOf(cause);
      },
    );
    return {
      ended,
      identify: (threadId) => {
        worker = this.#piscina.threads.find((candidate) => candidate.threadId === threadId);
      },
      kill: (reason) => controller.abort(reason),
      discard: async () => {
        await worker?.terminate();
      },
    };
  }

  async destroy(): Promise<void> {
    await this.#piscina.destroy();
  }
}

/** The rejection of a task may come before the thread is gone; a native call can outlive it. */
function exited(worker: Worker): Promise<void> {
  if (worker.threadId < 0) return Promise.resolve();
  return new Promise((resolve) => worker.once('exit', () => resolve()));
}

function deathOf(cause: unknown): PumpDeath {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const { name, message } = error;
  const code = (error as { code?: unknown }).code;
  if (name === 'AbortError') return { death: 'stuck', message: STUCK, stack: null };
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return { death: 'heap', message, stack: null };
  if (/exited with code/.test(message)) return { death: 'exit', message, stack: null };
  return { death: 'crash', message: `${name}: ${message}`, stack: error.stack ?? null };
}

const STUCK = 'The attempt had not ended a grace after its timeout, and its thread was replaced.';

/**
 * V8's default lets the young generation of each thread grow to 48 MB. What handlers leave behind is short-lived: a quarter of that is 25 MB
 * less per thread, and no slower (bench, 1,024 in flight).
 */
const YOUNG_MB = 12;

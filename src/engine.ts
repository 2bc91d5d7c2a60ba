import { type Clock, systemClock } from './contract/clock.ts';
import type { MillraceConfig, PipelineConfig, WorkersConfig } from './contract/config.ts';
import { type MillraceError, ofPipeline } from './contract/errors.ts';
import type { EngineState, EngineStatus } from './contract/status.ts';
import type { HandlerSpec } from './contract/thread.ts';
import type { Chunk } from './flow/chunk.ts';
import type { Abandoned } from './kafka/kafka-source.ts';
import { Pipeline } from './pipeline.ts';
import { type Bundle, bundle } from './pool/bundle.ts';
import { WorkerPool } from './pool/worker-pool.ts';

/** How the engine stopped. */
export interface Stopped {
  /** Partitions whose records had not all ended, or whose last offsets aren't committed. */
  readonly abandoned: readonly (Abandoned & { readonly pipeline: string })[];
}

export interface EngineOptions {
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** See HandlerSpec; default: none. */
  readonly witness?: string | null;
}

/** A pool of threads and the pipelines that share it. */
interface Crew {
  readonly name: string;
  readonly workers: WorkersConfig;
  readonly pipelines: readonly PipelineConfig[];
  readonly pool: WorkerPool<Chunk>;
}

/**
 * The engine of one process: loads the handlers, starts the threads, connects, joins, and stops all of it in the reverse
 * order. A composition root: it wires the folders and decides nothing about records.
 */
export class Engine {
  readonly #config: MillraceConfig;
  readonly #clock: Clock;
  readonly #witness: string | null;
  readonly #crews: readonly Crew[];
  readonly #pipelines: readonly Pipeline[];
  /** What the handlers of each crew were made into. */
  readonly #bundles = new Map<Crew, readonly Bundle[]>();
  #state: EngineState = 'starting';

  /** `onFatal`: an error after the start that no waiting mends; the caller then stops the engine. */
  constructor(
    config: MillraceConfig,
    onFatal: (cause: MillraceError) => void,
    { clock = systemClock, witness = null }: EngineOptions = {},
  ) {
    this.#config = config;
    this.#clock = clock;
    this.#witness = witness;
    this.#crews = crewsOf(config, clock);
    let index = 0;
    this.#pipelines = this.#crews.flatMap(({ pool, workers, pipelines }) =>
      pipelines.map(
        (pipeline, number) =>
          new Pipeline({
            config: pipeline,
            kafka: config.kafka,
            clock,
            pool,
            number,
            limits: limitsOf(pipeline, workers),
            nextIndex: () => index++,
            onFatal,
          }),
      ),
    );
  }

  get status(): EngineStatus {
    return {
      state: this.#state,
      pipelines: this.#pipelines.map(({ status }) => status),
      threads: this.#crews.flatMap(({ name, pool }) =>
        pool.threads.map(({ isReady, restarts }, id) => ({ id, pool: name, isReady, restarts })),
      ),
    };
  }

  /**
   * Resolves when every pipeline has its first assignment. Rejects with a MillraceError whose exit code says why; `stop`
   * is to be called all the same.
   */
  async start(): Promise<void> {
    // Connecting takes as long as loading the handlers; joining waits for both, so that no group is disturbed in vain.
    await Promise.all([
      ...this.#crews.map((crew) => this.#load(crew)),
      ...this.#pipelines.map((pipeline) => pipeline.connect()),
    ]);
    await Promise.all(this.#pipelines.map((pipeline) => pipeline.join()));
    if (this.#state === 'starting') this.#state = 'running';
  }

  /**
   * Loads the handlers anew from their files and gives them to the threads, one after another, while records go on: nothing is
   * given up or handled again. Rejects as `start` does when one is refused; the handlers of before stay then, in all threads: the new
   * ones have come up in a spare one before.
   */
  async reloadHandlers(): Promise<void> {
    const built: Built[] = [];
    try {
      for (const crew of this.#crews)
        built.push({ crew, ...(await buildHandlers(crew, false, this.#witness)) });
      // A thread that has given up its old handler can't get it back: its file may be the one that was changed.
      for (const { crew, specs } of built) await crew.pool.prove(specs);
      for (let next = built[0]; next; next = built[0]) {
        const before = this.#bundles.get(next.crew) ?? [];
        await next.crew.pool.swap(next.specs);
        built.shift();
        this.#bundles.set(next.crew, next.bundles);
        await dispose(before);
      }
    } finally {
      await dispose(built.flatMap(({ bundles }) => bundles));
    }
  }

  /** Drains, commits and leaves within `timeoutMs`; what doesn't end in time is abandoned and named. */
  async stop(timeoutMs: number = this.#config.shutdown.timeoutMs): Promise<Stopped> {
    this.#state = 'draining';
    const nowMs = this.#clock.now();
    const untilMs = nowMs + timeoutMs - reserveOf(timeoutMs);
    const stopped = await Promise.all(
      this.#pipelines.map(async (pipeline) =>
        (await pipeline.stop(untilMs)).map((each) => ({ pipeline: pipeline.config.id, ...each })),
      ),
    );
    const leftMs = Math.max(0, nowMs + timeoutMs - this.#clock.now() - POOL_RESERVE_MS);
    await Promise.all(this.#crews.map(({ pool }) => pool.stop(leftMs)));
    await this.#dispose();
    this.#state = 'stopped';
    return { abandoned: stopped.flat() };
  }

  /**
   * Names what is abandoned when the process ends at this moment, though `stop` has not. Returns of how many partitions something is: 0
   * when all that was started has ended and is committed.
   */
  abandon(): number {
    return this.#pipelines.reduce((sum, pipeline) => sum + pipeline.abandon(), 0);
  }

  /**
   * Loads the handlers without running their setup, and stops again: what `validate` needs. Rejects with MR201 or a
   * HandlerRefusedError.
   */
  async checkHandlers(): Promise<void> {
    try {
      await Promise.all(this.#crews.map((crew) => this.#load(crew, true)));
    } finally {
      await Promise.all(this.#crews.map(({ pool }) => pool.stop(POOL_RESERVE_MS)));
      await this.#dispose();
    }
  }

  /** Connects and looks up topics without joining: what `validate --connect` needs. Returns what is wrong. */
  async checkTopics(): Promise<unknown[]> {
    return (await Promise.all(this.#pipelines.map((pipeline) => pipeline.check()))).flat();
  }

  async #load(crew: Crew, isCheck = false): Promise<void> {
    const { specs, bundles } = await buildHandlers(crew, isCheck, this.#witness);
    this.#bundles.set(crew, bundles);
    await crew.pool.start(specs);
  }

  #dispose(): Promise<unknown> {
    return dispose([...this.#bundles.values()].flat());
  }
}

/** The handlers of a crew, made loadable. */
interface Built {
  readonly crew: Crew;
  readonly specs: HandlerSpec[];
  readonly bundles: Bundle[];
}

/** Makes the handlers of a crew loadable. Rejects with MR201, and leaves nothing behind then. */
async function buildHandlers(
  { pipelines, workers }: Crew,
  isCheck: boolean,
  witness: string | null,
): Promise<Omit<Built, 'crew'>> {
  const bundles: Bundle[] = [];
  const made = await Promise.allSettled(
    pipelines.map(async (pipeline) => {
      const bundled = await bundle(pipeline.handler.file).catch((cause: unknown) => {
        throw ofPipeline(cause, pipeline.id);
      });
      bundles.push(bundled);
      return { ...specOf(pipeline, bundled.url, workers, isCheck), witness };
    }),
  );
  const failed = made.find((each) => each.status === 'rejected');
  if (failed) {
    await dispose(bundles);
    throw failed.reason;
  }
  return {
    specs: made.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    bundles,
  };
}

const dispose = (bundles: readonly Bundle[]): Promise<unknown> =>
  Promise.all(bundles.map((each) => each.dispose()));

/** One pool for all pipelines that share the threads, and one for each that has its own. */
function crewsOf(config: MillraceConfig, clock: Clock): Crew[] {
  const crew = (name: string, workers: WorkersConfig, pipelines: PipelineConfig[]): Crew => ({
    name,
    workers,
    pipelines,
    pool: new WorkerPool(workers, clock),
  });
  const shared = config.pipelines.filter(({ workers }) => workers === null);
  const own = config.pipelines.flatMap((pipeline) =>
    pipeline.workers ? [crew(pipeline.id, pipeline.workers, [pipeline])] : [],
  );
  return shared.length > 0 ? [crew('shared', config.workers, shared), ...own] : own;
}

function specOf(
  pipeline: PipelineConfig,
  url: string,
  workers: WorkersConfig,
  isCheck: boolean,
): Omit<HandlerSpec, 'witness'> {
  return {
    pipeline: pipeline.id,
    url,
    exportName: pipeline.handler.exportName,
    isCheck,
    options: pipeline.options,
    deserialize: pipeline.deserialize,
    timeoutMs: pipeline.timeoutMs,
    graceMs: Math.min(GRACE_MAX_MS, Math.max(GRACE_MIN_MS, pipeline.timeoutMs)),
    concurrency: Math.max(1, ...limitsOf(pipeline, workers)),
    sink: pipeline.sink && { topic: pipeline.sink.topic, serialize: pipeline.sink.serialize },
  };
}

/** Shares `concurrency` out over the threads: no thread has more than one more than another. */
function limitsOf({ concurrency }: PipelineConfig, { threads }: WorkersConfig): number[] {
  return Array.from({ length: threads }, (_, i) =>
    Math.floor((concurrency + threads - 1 - i) / threads),
  );
}

/** What is kept of the stop's time for aborting, the last commits, leaving the group and closing, in ms. */
function reserveOf(timeoutMs: number): number {
  const share = Math.min(RESERVE_MS, timeoutMs * RESERVE_SHARE);
  return Math.min(Math.max(share, RESERVE_LEAST_MS), timeoutMs / 2);
}

const RESERVE_MS = 5000;
const RESERVE_SHARE = 0.3;
/** A second for handlers whose signal was aborted, and the time of a few round trips to the broker. */
const RESERVE_LEAST_MS = 1600;
const POOL_RESERVE_MS = 200;
/** From the abort of an attempt's signal to the replacement of its thread: as long as `timeout`, within these bounds. */
const GRACE_MIN_MS = 100;
const GRACE_MAX_MS = 5000;

import { readConfig } from '../config/read.ts';
import { renderIssues } from '../config/render.ts';
import type { MillraceError } from '../contract/errors.ts';
import type { EngineStatus } from '../contract/status.ts';
import { Engine, type Stopped } from '../engine.ts';
import { untilIdle } from '../until-idle.ts';

export interface TestPipelineOptions {
  /** Path of the configuration, as for `millrace run -c`. */
  readonly config: string;
  /** `host:port` of the brokers, in the place of those of the configuration; such as `broker.bootstrap`. */
  readonly brokers: string;
  /** Further keys, as for `--set`: `pipelines.orders.timeout=1s`. */
  readonly set?: readonly string[];
  /** Variables for the configuration; default: those of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The pipelines of a configuration, running in the process of a test as `millrace run` runs them, but without HTTP and log. */
export class TestPipelines {
  readonly #engine: Engine;
  #failure: MillraceError | null = null;

  private constructor(engine: (onFatal: (cause: MillraceError) => void) => Engine) {
    this.#engine = engine((cause) => {
      this.#failure ??= cause;
    });
  }

  /**
   * Resolves when each pipeline has its first assignment. Rejects with an Error that shows what is wrong in the configuration, or with what
   * a handler or a broker refused.
   */
  static async start({
    config: file,
    brokers,
    set = [],
    env,
  }: TestPipelineOptions): Promise<TestPipelines> {
    // The broker of a test knows neither TLS nor users unless it is told to.
    const sets = [`kafka.brokers=${brokers}`, 'http=false', ...set];
    const read = readConfig({ files: [file], cwd: process.cwd(), env: env ?? process.env, sets });
    const { config, issues } = read;
    if (!config) throw new Error(renderIssues(issues, { color: false }));
    const pipelines = new TestPipelines((onFatal) => new Engine(config, onFatal));
    try {
      await pipelines.#engine.start();
    } catch (cause) {
      await pipelines.stop();
      throw cause;
    }
    return pipelines;
  }

  get status(): EngineStatus {
    return this.#engine.status;
  }

  /** Records that have ended so far, by what came of them, over all pipelines and topics. */
  get counts(): { readonly handled: number; readonly skipped: number; readonly dropped: number } {
    const counts = { handled: 0, skipped: 0, dropped: 0 };
    for (const { topics } of this.status.pipelines) {
      for (const { ack, skip, drop } of topics.values()) {
        counts.handled += ack;
        counts.skipped += skip;
        counts.dropped += drop;
      }
    }
    return counts;
  }

  /**
   * Resolves when every record that is there has been handled, and none has come for `quietMs`. Rejects when that takes longer than
   * `timeoutMs`, or when a pipeline can't go on.
   */
  async idle(quietMs = 100, timeoutMs = 10_000): Promise<void> {
    const watch = untilIdle(() => this.status, quietMs);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Not idle within ${timeoutMs} ms.`)), timeoutMs);
    });
    try {
      await Promise.race([watch.idle, late]);
    } finally {
      watch.cancel();
      clearTimeout(timer);
    }
    if (this.#failure) throw this.#failure;
  }

  /** Drains, commits and leaves the group, as on SIGTERM; what was abandoned is in the result. */
  stop(timeoutMs?: number): Promise<Stopped> {
    return this.#engine.stop(timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

import type { ReadResult } from '../config/read.ts';
import { secretsOf } from '../config/secrets.ts';
import type { LogLevel, MillraceConfig } from '../contract/config.ts';
import { EXIT, type ExitCode, MillraceError, reportError } from '../contract/errors.ts';
import { Engine, type Stopped } from '../engine.ts';
import { Health } from '../observe/health.ts';
import { heldUp } from '../observe/held-up.ts';
import { type Serving, serve } from '../observe/http.ts';
import { type Log, openLog } from '../observe/log.ts';
import { logSignals } from '../observe/log-signals.ts';
import { untilIdle } from '../until-idle.ts';
import { duration, parse, UsageError } from './arguments.ts';
import { configOptions, issuesOf, printIssues, readFrom } from './config-options.ts';
import { linkToDev } from './dev/link.ts';
import { endWithParent, type Parent, takeParent } from './parent.ts';
import { StopOrder } from './stop-order.ts';
import { version } from './version.ts';

const options = {
  ...configOptions,
  'log-level': { type: 'string' },
  'until-idle': { type: 'string' },
} as const;

/** `millrace run`: from the configuration to the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  const parent = takeParent();
  const { values } = parse('run', argv, options);
  const idleMs =
    values['until-idle'] === undefined
      ? null
      : duration('run', '--until-idle', values['until-idle']);
  const level = logLevel(values['log-level']);
  const read = readFrom(values);
  printIssues(read.issues);
  if (!read.config) return EXIT.config;
  const log = await openLog({
    ...read.config.logging,
    ...(level === null ? {} : { level }),
    secrets: secretsOf(read.config),
    isTerminal: process.stdout.isTTY === true,
  });
  const endSignals = logSignals(log);
  try {
    return await new Run(read, read.config, log, parent).toEnd(idleMs);
  } finally {
    endSignals();
    await log.close();
  }
}

/** One run of the engine, with what surrounds it: HTTP, health, the orders to stop. */
class Run {
  readonly #read: ReadResult;
  readonly #config: MillraceConfig;
  readonly #log: Log;
  readonly #order = new StopOrder();
  readonly #parent: Parent | null;
  readonly #engine: Engine;
  #failure: MillraceError | null = null;
  #isRunning = false;

  constructor(read: ReadResult, config: MillraceConfig, log: Log, parent: Parent | null) {
    this.#parent = parent;
    this.#read = read;
    this.#config = config;
    this.#log = log;
    this.#engine = new Engine(config, (cause) => this.#fail(cause), {
      witness: parent === 'verify' ? WITNESS : null,
    });
  }

  async toEnd(idleMs: number | null): Promise<ExitCode> {
    const { pipelines, shutdown } = this.#config;
    this.#order.listen({
      onFirst: (why) => this.#log.info(`stopping: ${why}`, { timeoutMs: shutdown.timeoutMs }),
      onSecond: (why) => this.#log.warn(`stopping now: ${why} again; the drain is cut short`),
      onBug: (cause) => this.#fail(bug(cause)),
    });
    if (this.#parent) endWithParent(this.#parent, (why) => this.#order.insist(why));
    process.on('SIGUSR2', () => this.#explain());
    const snapshot = () => this.#engine.status;
    const health = new Health({ snapshot, pipelines, log: this.#log });
    let serving: Serving | null = null;
    try {
      serving = await this.#serve(health);
      health.start();
      await this.#whileRunning(idleMs);
    } catch (cause) {
      this.#fail(cause);
    }
    const code = await this.#stop();
    health.stop();
    await serving?.close();
    return code;
  }

  async #serve(health: Health): Promise<Serving | null> {
    const { http } = this.#config;
    if (!http) return null;
    const snapshot = () => this.#engine.status;
    const serving = await serve({ ...http, health, snapshot, version: version(), log: this.#log });
    this.#log.info('listening', { url: serving.url });
    return serving;
  }

  /** Starts the engine and waits for an order to stop, or for idleness. */
  async #whileRunning(idleMs: number | null): Promise<void> {
    const started = this.#engine.start();
    await Promise.race([started, this.#order.given]);
    // An order to stop may come before the start has ended; what the start then says no longer matters.
    started.catch(() => {});
    if (this.#order.isGiven) return;
    this.#isRunning = true;
    this.#log.info('running', {
      version: version(),
      node: process.versions.node,
      pid: process.pid,
    });
    if (this.#parent === 'dev') linkToDev(this.#engine, this.#log);
    if (this.#parent === 'verify') process.send?.({ millrace: 'running' });
    if (idleMs === null) return this.#order.given;
    const watch = untilIdle(() => this.#engine.status, idleMs);
    await Promise.race([watch.idle.then(() => this.#order.give('idle')), this.#order.given]);
    watch.cancel();
  }

  /** Says of each partition that is not at its end what it waits for. */
  #explain(): void {
    const places = heldUp(this.#engine.status);
    this.#log.info(`SIGUSR2: ${places.length} partitions are not at their end`);
    for (const place of places) this.#log.info('held up', { ...place });
  }

  /** Records that came to an end in this run, by what came of them, over all pipelines. */
  #totals(): { handled: number; skipped: number; dropped: number } {
    const totals = { handled: 0, skipped: 0, dropped: 0 };
    for (const { topics } of this.#engine.status.pipelines) {
      for (const { ack, skip, drop } of topics.values()) {
        totals.handled += ack;
        totals.skipped += skip;
        totals.dropped += drop;
      }
    }
    return totals;
  }

  /** Whether a bug has shown itself. */
  get #isBroken(): boolean {
    return this.#failure?.exit === EXIT.bug;
  }

  #fail(cause: unknown): void {
    const failure =
      cause instanceof MillraceError
        ? cause
        : new MillraceError('MR900', `Bug in Millrace: ${reportError(cause).message}`, {
            exit: EXIT.bug,
            cause,
          });
    this.#failure ??= failure;
    const issues = issuesOf(failure, this.#read);
    if (issues) printIssues(issues);
    else
      this.#log.fatal(failure.message, {
        code: failure.code,
        ...failure.facts,
        ...bugTrace(failure),
      });
    this.#order.give(`MillraceError ${failure.code}`);
  }

  /** Stops the engine; the time it has is hard. */
  async #stop(): Promise<ExitCode> {
    // After a bug nothing that we believe may be committed.
    if (this.#isBroken) return EXIT.bug;
    const { timeoutMs } = this.#config.shutdown;
    const late = new Promise<'late'>((resolve) =>
      setTimeout(() => resolve('late'), timeoutMs).unref(),
    );
    const stopped = await Promise.race([
      this.#engine.stop().catch((cause: unknown) => cause as Error),
      this.#order.again,
      late,
    ]);
    if (stopped instanceof Error) this.#fail(stopped);
    if (stopped === 'late') this.#log.error('the stop did not end in time', { timeoutMs });
    const isCut = stopped === 'late' || stopped === 'again';
    if (this.#isBroken) return EXIT.bug;
    const abandoned = isCut ? this.#engine.abandon() : abandonedOf(stopped);
    if (this.#failure) return this.#failure.exit;
    if (abandoned > 0) return EXIT.abandoned;
    const totals = this.#totals();
    const isUsed = this.#isRunning || Object.values(totals).some((count) => count > 0);
    if (isUsed) this.#log.info(STOPPED, totals);
    else this.#log.info('stopped before anything was started');
    return EXIT.ok;
  }
}

/** Writes down what handlers do, for `millrace verify`. */
const WITNESS = new URL('./verify/witness.js', import.meta.url).href;

const STOPPED = 'stopped: all that was started has ended and is committed';

/** An error of the stop leaves open what is committed: it counts as something abandoned. */
const abandonedOf = (stopped: Stopped | Error): number =>
  stopped instanceof Error ? 1 : stopped.abandoned.length;

const bug = (cause: unknown): MillraceError =>
  cause instanceof MillraceError && cause.exit === EXIT.bug
    ? cause
    : new MillraceError('MR900', `Bug in Millrace: ${reportError(cause).message}`, {
        exit: EXIT.bug,
        cause,
      });

const bugTrace = (failure: MillraceError): Record<string, unknown> =>
  failure.exit === EXIT.bug ? { error: reportError(failure.cause ?? failure) } : {};

const LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

function logLevel(text: string | undefined): LogLevel | null {
  if (text === undefined) return null;
  if (LEVELS.includes(text)) return text as LogLevel;
  throw new UsageError(`--log-level is one of ${LEVELS.join(', ')}, not "${text}".`, 'run');
}

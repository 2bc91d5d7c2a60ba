import { type Clock, systemClock } from '../contract/clock.ts';
import { reportError } from '../contract/errors.ts';
import { subscribe } from '../contract/signals.ts';
import type { EngineStatus } from '../contract/status.ts';
import { liveFindings, readyFindings, startupFindings } from './findings.ts';
import { heldUp } from './held-up.ts';
import type { Log } from './log.ts';
import { Progress, type Watched } from './progress.ts';

export type Probe = 'live' | 'ready' | 'startup';

/** The answer to a probe: failing when one of its checks is. */
export interface HealthReport {
  readonly status: 'ok' | 'failing';
  readonly checks: readonly Check[];
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
  /** Milliseconds since the check began to have this result, to the second. */
  readonly sinceMs: number;
}

export interface HealthOptions {
  readonly snapshot: () => EngineStatus;
  readonly pipelines: readonly Watched[];
  readonly log: Pick<Log, 'info' | 'error'>;
  readonly clock?: Clock;
}

/**
 * Watches the engine and answers the three probes. A pipeline that is stuck (P12) also gets a line in the log. It only
 * looks: what the checks are is in `findings.ts`.
 */
export class Health {
  readonly #snapshot: () => EngineStatus;
  readonly #log: Pick<Log, 'info' | 'error'>;
  readonly #clock: Clock;
  readonly #progress: ReadonlyMap<string, Progress>;
  /** By probe and name of the check. */
  readonly #results = new Map<string, { readonly ok: boolean; readonly atMs: number }>();
  #ends: readonly (() => void)[] = [];
  #cancel: () => void = () => {};

  constructor({ snapshot, pipelines, log, clock = systemClock }: HealthOptions) {
    this.#snapshot = snapshot;
    this.#log = log;
    this.#clock = clock;
    this.#progress = new Map(pipelines.map((each) => [each.id, new Progress(each)]));
  }

  /** Begins to watch. */
  start(): void {
    const nowMs = (): number => this.#clock.now();
    this.#ends = [
      subscribe('record.failed', ({ pipeline, topic, partition, next, delayMs }) => {
        if (next !== 'retry') return;
        this.#progress.get(pipeline)?.retryAt(topic, partition, nowMs() + delayMs);
      }),
      subscribe('member.rebalancing', ({ pipeline }) =>
        this.#progress.get(pipeline)?.rebalancing(nowMs()),
      ),
      subscribe('member.joined', ({ pipeline }) => this.#progress.get(pipeline)?.rebalancing(null)),
    ];
    this.#watch();
  }

  stop(): void {
    this.#cancel();
    for (const end of this.#ends) end();
  }

  /** Throws what the snapshot throws. */
  report(probe: Probe): HealthReport {
    return this.#report(probe, this.#snapshot());
  }

  #report(probe: Probe, status: EngineStatus): HealthReport {
    const nowMs = this.#clock.now();
    const checks = FINDINGS[probe](status, this.#progress).map(({ name, ok, detail }) => {
      const key = `${probe} ${name}`;
      const before = this.#results.get(key);
      const result = before?.ok === ok ? before : { ok, atMs: nowMs };
      this.#results.set(key, result);
      const sinceMs = Math.round(nowMs - result.atMs);
      return { name, ok, ...(detail === undefined ? {} : { detail }), sinceMs };
    });
    return { status: checks.every(({ ok }) => ok) ? 'ok' : 'failing', checks };
  }

  #watch(): void {
    this.#cancel = this.#clock.after(SAMPLE_MS, () => {
      this.#watch();
      try {
        this.#sample(this.#snapshot());
      } catch (cause) {
        // A timer has no caller that could take it.
        this.#log.error('health could not be looked at', { error: reportError(cause) });
      }
    });
  }

  #sample(status: EngineStatus): void {
    const isWatched = status.state === 'starting' || status.state === 'running';
    for (const pipeline of status.pipelines) {
      const progress = this.#progress.get(pipeline.id);
      if (!progress) continue;
      const wasStuck = progress.isStuck;
      progress.sample(pipeline, isWatched, this.#clock.now());
      if (progress.isStuck !== wasStuck) this.#tell(pipeline.id, status, progress);
    }
    for (const probe of PROBES) this.#report(probe, status);
  }

  #tell(pipeline: string, status: EngineStatus, { isStuck, stillMs }: Progress): void {
    if (isStuck) {
      const message =
        'pipeline is stuck: it has records to handle and nothing moved for stuckAfter. Liveness fails until it goes on';
      const places = heldUp(status).filter((each) => each.pipeline === pipeline);
      this.#log.error(message, {
        pipeline,
        stillMs: Math.round(stillMs),
        heldUp: places.slice(0, PLACES_MAX),
      });
    } else this.#log.info('pipeline goes on', { pipeline });
  }
}

const FINDINGS = { live: liveFindings, ready: readyFindings, startup: startupFindings };
const PROBES: readonly Probe[] = ['live', 'ready', 'startup'];

const SAMPLE_MS = 1000;
/** Partitions that a line about a stuck pipeline names. */
const PLACES_MAX = 5;

import type { KafkaConfig } from '../../src/contract/config.ts';
import { Flow } from '../../src/flow/flow.ts';
import type { Held } from '../../src/kafka/intake.ts';
import { type Abandoned, KafkaSource } from '../../src/kafka/kafka-source.ts';
import { Dice } from '../support/dice.ts';
import { durationOf } from '../support/play.ts';
import type { Attempt } from '../support/thread.ts';
import { FakeThreads } from '../support/threads.ts';
import { handlerPlan } from './handler-plan.ts';
import type { Oracle } from './oracle.ts';
import { ProcessClock } from './process-clock.ts';
import { pipelineFor, type Scenario } from './scenario.ts';
import { simClient } from './sim-client.ts';
import type { LinkOptions } from './sim-link.ts';

/** What a process shares with the others of a run. */
export interface MemberOptions extends Omit<LinkOptions, 'process' | 'clock'> {
  readonly scenario: Scenario;
  readonly oracle: Oracle;
  /** The process has failed in a way that it should not. */
  readonly onFailure: (cause: unknown) => void;
}

/**
 * One process: the real flow and the real Kafka side, over simulated threads, brokers and clock. It can be told to stop, be
 * frozen, and be killed at any moment.
 */
export class SimMember {
  readonly id: number;
  readonly clock: ProcessClock;
  /** up, told to stop, and gone: stopped by itself or killed. */
  state: 'up' | 'stopping' | 'gone' = 'up';
  readonly #options: MemberOptions;
  readonly #threads: FakeThreads;
  readonly #flow: Flow;
  readonly #source: KafkaSource;
  readonly #dice: Dice;
  #cancelLate: () => void = () => {};

  constructor(id: number, options: MemberOptions) {
    const { scenario, oracle, timeline, troubles } = options;
    const dice = new Dice(Math.imul(scenario.seed, 31) + id);
    this.id = id;
    this.#options = options;
    this.#dice = dice;
    this.clock = new ProcessClock(timeline);
    const pipeline = pipelineFor(scenario);
    const limits = Array.from({ length: scenario.threads }, () => scenario.limit);
    this.#threads = new FakeThreads({
      clock: this.clock,
      dice,
      limits,
      delayMs: () => dice.between(0.01, 0.5),
      startMs: () => dice.between(1, 100),
      outputsMax: 1000,
      plan: (attempt: Attempt) =>
        handlerPlan(attempt, scenario, troubles, dice, durationOf(scenario.handlerMs, dice)),
      watch: oracle.watchOf(id),
    });
    this.#flow = new Flow({
      pipeline,
      limits,
      threads: this.#threads,
      clock: this.clock,
      random: () => dice.next(),
      onWantCommit: () => this.#source.requestCommit(),
      onRoom: () => this.#source.wake(),
    });
    this.#source = new KafkaSource(
      {
        kafka: KAFKA,
        pipeline,
        clock: this.clock,
        intake: this.#flow,
        onFatal: (cause) => options.onFailure(cause),
      },
      () => simClient({ ...options, process: id, clock: this.clock, dice }),
    );
  }

  get isFrozen(): boolean {
    return this.clock.isFrozen;
  }

  get inFlight(): number {
    return this.#flow.inFlight;
  }

  /** What it holds, for a look after each event. */
  get held(): Iterable<Held> {
    return this.#source.held;
  }

  get stale(): number {
    return this.#flow.tally.stale;
  }

  /** Starts as the engine does: connects, and joins when the threads are up. */
  start(): void {
    this.#threads.start(this.#flow);
    const started = async (): Promise<void> => {
      await this.#source.connect();
      if (this.state === 'up') await this.#source.join();
    };
    // Brokers that don't answer end a process at its start; it is started again by whoever runs it.
    started().catch(() => this.kill());
  }

  /** SIGTERM; a frozen process hears of it when it is thawed. */
  terminate(): void {
    if (this.clock.isFrozen) {
      this.clock.after(0, () => this.terminate());
      return;
    }
    if (this.state !== 'up') return;
    this.state = 'stopping';
    const { scenario, oracle, onFailure } = this.#options;
    const untilMs = this.clock.now() + scenario.shutdownMs;
    oracle.stopping(this.id, untilMs);
    const lateMs = untilMs + STOP_SLACK_MS - this.clock.now();
    this.#cancelLate = this.clock.after(lateMs, () => {
      oracle.late(this.id);
      this.kill();
    });
    this.#source.stop(untilMs).then((abandoned: Abandoned[]) => {
      if (this.state === 'gone') return;
      oracle.stopped(this.id, abandoned);
      this.#end();
    }, onFailure);
  }

  /** SIGKILL. */
  kill(): void {
    if (this.state === 'gone') return;
    this.#options.oracle.killed(this.id);
    this.#end();
  }

  freeze(forMs: number): void {
    this.#options.oracle.taint(this.id, 'frozen');
    // A stop that is frozen has no deadline.
    this.#cancelLate();
    this.clock.freeze();
    this.#options.timeline.after(forMs, () => this.clock.thaw());
  }

  thaw(): void {
    this.clock.thaw();
  }

  killThread(): boolean {
    const thread = this.#dice.below(this.#options.scenario.threads);
    if (!this.#threads.isAlive(thread)) return false;
    this.#threads.kill(thread, this.#dice.pick(['exit', 'crash', 'heap']));
    return true;
  }

  #end(): void {
    this.state = 'gone';
    this.clock.kill();
    this.#options.oracle.gone(this.id);
  }
}

const KAFKA: KafkaConfig = {
  brokers: ['host-1:9092'],
  clientId: 'sim',
  tls: null,
  sasl: null,
  connectTimeoutMs: 10_000,
};
/** What aborted handlers, the last commits and leaving the group get beyond the deadline, and a moment. */
const STOP_SLACK_MS = 1000 + 2000 + 1500 + 500;

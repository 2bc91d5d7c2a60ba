import type { PipelineConfig } from '../../src/contract/config.ts';
import { RECORD } from '../../src/contract/thread.ts';
import type { Failure } from '../../src/contract/verdict.ts';
import type { Chunk, Run } from '../../src/flow/chunk.ts';
import type { FakeClock } from '../support/clock.ts';
import { fateOf } from '../support/fate.ts';
import type { Answer, Attempt } from '../support/thread.ts';
import type { ThreadWatch } from '../support/threads.ts';
import type { Observations } from './observations.ts';
import type { Tenure } from './tenure.ts';
import type { PartitionTruth, Running, Truth } from './truth.ts';

/** What the judgement of threads needs to know of processes and brokers. */
export interface Bench {
  readonly pipeline: PipelineConfig;
  readonly timeline: FakeClock;
  readonly seen: Observations;
  rule(holds: boolean, what: () => string): void;
  of(partition: number): PartitionTruth;
  /** The latest tenure; it is a violation when there is none. */
  tenure(process: number, partition: number): Tenure;
  /** A tenure is over: looks whether something that failed explains what it has left. */
  look(tenure: Tenure): void;
}

/**
 * Judges what the threads of all processes do with records: order and overlap by key, repetitions, how far ahead of the
 * committed offset. Notes what has become of each record.
 */
export class ThreadOracle {
  readonly #bench: Bench;
  readonly #running = new Map<Attempt, Running>();
  readonly #senders = new WeakMap<Run, Tenure>();
  readonly #gone = new Set<number>();

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  isGone(process: number): boolean {
    return this.#gone.has(process);
  }

  gone(process: number): void {
    this.#gone.add(process);
    for (const [attempt, running] of this.#running)
      if (running.process === process) this.#over(attempt, running);
  }

  /** How many handlers run of those that are meant. */
  running(isMeant: (running: Running) => boolean): number {
    let count = 0;
    for (const running of this.#running.values()) if (isMeant(running)) count++;
    return count;
  }

  watchOf(process: number): Partial<ThreadWatch> {
    return {
      sent: (chunk) => this.#sent(process, chunk),
      started: (attempt) => this.#started(process, attempt),
      ended: (attempt) => this.#ended(attempt),
      back: (answer) => this.#back(answer),
      confirmed: (attempt) => this.#settle(this.#truthOf(attempt), attempt),
      refused: (attempt, failure) => this.#charge(attempt, failure, false),
      died: (_thread, orphans) => this.#died(orphans),
    };
  }

  #sent(process: number, chunk: Chunk): void {
    for (const run of chunk.runs) {
      const { partition } = run.owner;
      const of = this.#bench.of(partition);
      const tenure = this.#bench.tenure(process, partition);
      this.#senders.set(run, tenure);
      if (of.sender !== tenure) {
        if (of.sender) this.#bench.look(of.sender);
        of.sender = tenure;
      }
      const base = Math.max(of.rankOf(of.committed), of.rankOf(of.log.start));
      for (let at = run.from; at < run.to; at++) {
        const truth = of.at(offsetOf(run.block, at));
        this.#bench.rule(
          truth.rank - base < this.#bench.pipeline.maxUncommitted,
          () =>
            `P9: ${process} hands out ${truth.place}, ${truth.rank - base} above the committed one`,
        );
        if (truth.sentBy !== tenure) Object.assign(truth, { attempts: 0, strikes: 0 });
        truth.sentBy = tenure;
        truth.openIn = tenure;
      }
    }
  }

  #started(process: number, attempt: Attempt): void {
    const truth = this.#truthOf(attempt);
    const tenure = this.#bench.tenure(process, attempt.run.owner.partition);
    this.#bench.rule(
      !this.#gone.has(process),
      () => `${process} starts ${truth.place} though it is gone`,
    );
    this.#bench.seen.runs++;
    if (truth.isSettled) this.#repeated(tenure, truth);
    const running = { truth, process, tenure };
    this.#running.set(attempt, running);
    const { lane } = truth;
    if (lane) {
      if (!truth.hasStarted) {
        const { firstOpen } = lane;
        this.#bench.rule(
          !firstOpen || firstOpen.rank >= truth.rank,
          () => `P5: ${process} starts ${truth.place} before ${firstOpen?.place} of its lane`,
        );
      }
      for (const other of lane.running) this.#overlaps(running, other);
      lane.running.add(running);
    }
    truth.hasStarted = true;
  }

  /** A record runs although nothing was left to be done. */
  #repeated(tenure: Tenure, { place, settledBy }: Truth): void {
    this.#bench.seen.repeated++;
    this.#bench.rule(
      settledBy === null || settledBy.taint !== null || tenure.taint !== null,
      () =>
        `P6: ${tenure.process} runs ${place} again, which ${settledBy?.process} has handled, for no reason`,
    );
  }

  #overlaps(running: Running, other: Running): void {
    const what = (): string =>
      `P5: ${running.process} starts ${running.truth.place} while ${other.process} runs ${other.truth.place} of its lane`;
    this.#bench.rule(running.process !== other.process, what);
    this.#bench.seen.overlaps++;
    this.#bench.rule(running.tenure.taint !== null || other.tenure.taint !== null, what);
  }

  #ended(attempt: Attempt): void {
    const running = this.#running.get(attempt);
    if (running) this.#over(attempt, running);
    const truth = this.#truthOf(attempt);
    if (attempt.state === RECORD.done) this.#settle(truth, attempt);
    else if (attempt.state === RECORD.told && attempt.plan?.type === 'produce')
      truth.isHandled = true;
  }

  #over(attempt: Attempt, running: Running): void {
    running.truth.lane?.running.delete(running);
    this.#running.delete(attempt);
  }

  #back({ attempt, failure }: Answer): void {
    if (failure) this.#charge(attempt, failure, false);
  }

  #died(orphans: readonly Attempt[]): void {
    const running = orphans.filter(({ state }) => state === RECORD.running);
    const overdue = running.filter(({ isOverdue }) => isOverdue);
    if (running.length > 1 && overdue.length === 0) this.#bench.seen.suspects += running.length;
    const charged = overdue.length > 0 ? overdue : running.length === 1 ? running : [];
    for (const attempt of charged) this.#charge(attempt, null, overdue.length === 0);
  }

  /** A failed attempt counts; after the last one `drop` settles the record. */
  #charge(attempt: Attempt, failure: Failure | null, isStrike: boolean): void {
    const { owner } = attempt.run;
    if (owner.state === 'closed') return;
    const truth = this.#truthOf(attempt);
    const epoch = `${truth.sentBy?.process}/${owner.index}`;
    if (truth.epoch !== epoch) Object.assign(truth, { epoch, attempts: 0, strikes: 0 });
    truth.attempts++;
    if (isStrike) truth.strikes++;
    const { type } = fateOf(this.#bench.pipeline, failure, truth, this.#bench.timeline.now());
    this.#bench.seen[type]++;
    if (type === 'drop') this.#settle(truth, attempt);
  }

  #settle(truth: Truth, attempt: Attempt): void {
    truth.isHandled = true;
    truth.isSettled = true;
    truth.settledBy = this.#senders.get(attempt.run) ?? null;
    if (truth.openIn === truth.settledBy) truth.openIn = null;
    if (attempt.run.owner.state === 'closed') this.#bench.seen.stale++;
  }

  #truthOf({ run, at }: Attempt): Truth {
    return this.#bench.of(run.owner.partition).at(offsetOf(run.block, at));
  }
}

const offsetOf = (block: { base: bigint; offset: Float64Array }, at: number): number =>
  Number(block.base) + (block.offset[at] as number);

import type { PipelineConfig } from '../../src/contract/config.ts';
import type { Held } from '../../src/kafka/intake.ts';
import type { FakeClock } from '../support/clock.ts';
import type { ThreadWatch } from '../support/threads.ts';
import { Observations } from './observations.ts';
import type { SimLog } from './sim-log.ts';
import { type Taint, Tenure } from './tenure.ts';
import { type Bench, ThreadOracle } from './thread-oracle.ts';
import { PartitionTruth } from './truth.ts';
import { Violation } from './violation.ts';
import type { Watch } from './watch.ts';

/**
 * Knows what has really happened to each record, from the threads and the brokers alone, and throws a Violation at the event
 * that breaks a promise. It shares nothing with the engine, and it forgives only what a fault of that very process explains.
 */
export class Oracle implements Watch, Bench {
  readonly seen: Observations = new Observations();
  readonly partitions: readonly PartitionTruth[];
  readonly pipeline: PipelineConfig;
  readonly timeline: FakeClock;
  readonly #processes = new Map<string, number>();
  /** By process and partition: the latest. */
  readonly #tenures = new Map<string, Tenure>();
  readonly #threads = new ThreadOracle(this);
  readonly #stopping = new Set<number>();
  /** The first promise that was broken. Whoever called may not let the exception through. */
  violation: Violation | null = null;

  constructor(pipeline: PipelineConfig, timeline: FakeClock, logs: readonly SimLog[]) {
    this.pipeline = pipeline;
    this.timeline = timeline;
    this.partitions = logs.map((log, i) => new PartitionTruth(i, log, pipeline.ordering));
  }

  /** Whether everything is handled, and committed up to the end of each log. */
  get isAllDone(): boolean {
    const nowMs = this.timeline.now();
    return this.partitions.every(
      ({ firstOpen, committed, log }) => !firstOpen && committed === log.end(nowMs),
    );
  }

  /** What is missing, for a message. */
  get missing(): string {
    const nowMs = this.timeline.now();
    return this.partitions
      .map(({ firstOpen, committed, log, owner }, i) => {
        const open = firstOpen ? `first open ${firstOpen.offset}` : 'all handled';
        return `${i}: ${open}, committed ${committed} of ${log.end(nowMs)}, owner ${owner}`;
      })
      .join('; ');
  }

  // ---- what happens to processes

  taint(process: number, taint: Taint): void {
    for (const tenure of this.#tenuresOf(process)) tenure.explain(taint);
  }

  evicted(memberId: string): void {
    const process = this.#processes.get(memberId);
    if (process !== undefined) this.taint(process, 'evicted');
  }

  killed(process: number): void {
    this.taint(process, 'killed');
    this.seen.killedRunning += this.#threads.running((each) => each.process === process);
  }

  /** A process was told to stop by then. */
  stopping(process: number, untilMs: number): void {
    this.#stopping.add(process);
    for (const tenure of this.#tenuresOf(process)) this.#ending(tenure, untilMs);
  }

  /** A process has stopped by itself, and says what it has left undone. */
  stopped(process: number, abandoned: readonly { readonly partition: number }[]): void {
    for (const { partition } of abandoned) {
      const tenure = this.tenure(process, partition);
      this.look(tenure);
      this.seen.abandoned++;
      this.rule(
        tenure.taint !== null,
        () => `P7: ${process} abandons records of ${partition} for no reason`,
      );
    }
    for (const tenure of this.#tenuresOf(process)) {
      const truth = this.of(tenure.partition);
      this.look(tenure);
      if (tenure.taint !== null) continue;
      this.seen.cleanStops++;
      const left = truth.records.find(
        ({ settledBy, offset }) => settledBy === tenure && offset >= truth.committed,
      );
      this.rule(!left, () => `P7: ${process} stops and has not committed ${left?.place}`);
    }
  }

  /** A process has not stopped in time, and is ended by force. */
  late(process: number): void {
    const isTroubled = this.#tenuresOf(process).some(({ taint }) => taint !== null);
    this.rule(isTroubled, () => `P7: ${process} does not stop in time, for no reason`);
    this.seen.forced++;
  }

  gone(process: number): void {
    this.#threads.gone(process);
  }

  // ---- Watch: what the brokers see

  named(process: number, memberId: string): void {
    this.#processes.set(memberId, process);
  }

  assigned(memberId: string, partitions: readonly number[]): void {
    for (const partition of partitions) this.of(partition).owner = memberId;
  }

  told(memberId: string, partitions: readonly number[]): void {
    const process = this.#processes.get(memberId) as number;
    this.seen.assignments++;
    for (const tenure of this.#tenuresOf(process)) {
      if (partitions.includes(tenure.partition) || tenure.endingMs !== null) continue;
      this.seen.revocations++;
      this.seen.revokedRunning += this.#threads.running((each) => each.tenure === tenure);
      this.#ending(tenure, this.timeline.now() + this.pipeline.rebalance.drainTimeoutMs);
    }
    // One that stops takes nothing on any more.
    if (this.#stopping.has(process)) return;
    for (const partition of partitions) {
      const key = `${process}/${partition}`;
      const before = this.#tenures.get(key);
      if (before && before.endingMs === null) continue;
      this.#tenures.set(key, new Tenure(process, partition, before ? this.#recent(before) : null));
    }
  }

  /** A tenure that may not be over yet. */
  #recent(tenure: Tenure): Tenure | null {
    const agoMs = this.timeline.now() - (tenure.endingMs ?? 0);
    return agoMs < this.pipeline.rebalance.drainTimeoutMs + LETTING_GO_MS ? tenure : null;
  }

  commitSent(process: number, partition: number, offset: number): void {
    const { firstOpen, log } = this.of(partition);
    this.rule(
      !firstOpen || offset <= firstOpen.offset,
      () => `P1: ${process} commits ${offset} above ${firstOpen?.place}, which is not handled`,
    );
    this.rule(
      offset <= log.end(this.timeline.now()),
      () => `P1: ${process} commits ${offset}, past the end`,
    );
    this.seen.commits++;
  }

  committed(memberId: string, partition: number, offset: number): void {
    const truth = this.of(partition);
    this.rule(
      offset >= truth.committed,
      () => `P4: ${memberId} takes ${partition} back from ${truth.committed} to ${offset}`,
    );
    this.rule(
      truth.owner === memberId,
      () => `P4: ${memberId} commits ${offset} for ${partition}, which is ${truth.owner}'s`,
    );
    if (offset > truth.committed + 1 && truth.rankOf(offset) - truth.rankOf(truth.committed) === 0)
      this.seen.gapsCommitted++;
    truth.committed = offset;
  }

  watchOf(process: number): Partial<ThreadWatch> {
    return this.#threads.watchOf(process);
  }

  // ---- after each event

  /** The engine's own watermark, before it ever becomes a commit. */
  checkHeld(process: number, held: Iterable<Held>): void {
    for (const { partition, epoch } of held) {
      const point = epoch?.commitPoint();
      if (!point) continue;
      const { firstOpen } = this.of(partition);
      this.rule(
        !firstOpen || Number(point.offset) <= firstOpen.offset,
        () => `P1: ${process} would commit ${point.offset} above ${firstOpen?.place}`,
      );
    }
  }

  // ---- helpers

  /** A partition is to be let go by then; if something is open at that time, it may run again elsewhere. */
  #ending(tenure: Tenure, untilMs: number): void {
    tenure.endingMs ??= this.timeline.now();
    this.timeline.after(Math.max(0, untilMs - this.timeline.now()), () => {
      const { records } = this.of(tenure.partition);
      if (tenure.taint !== null || this.#threads.isGone(tenure.process)) return;
      if (!records.some(({ openIn }) => openIn === tenure)) return;
      tenure.explain('deadline');
      this.seen.deadlines++;
    });
  }

  /** Whether a record that failed has held up what is above it until the end. */
  look(tenure: Tenure): void {
    const { records } = this.of(tenure.partition);
    const isHeldUp = records.some(({ openIn, attempts }) => openIn === tenure && attempts > 0);
    if (isHeldUp) tenure.explain('failed');
  }

  rule(holds: boolean, what: () => string): void {
    if (holds) return;
    this.violation ??= new Violation(what());
    throw this.violation;
  }

  tenure(process: number, partition: number): Tenure {
    const tenure = this.#tenures.get(`${process}/${partition}`);
    this.rule(
      tenure !== undefined,
      () => `P4: ${process} handles ${partition}, which it was never given`,
    );
    return tenure as Tenure;
  }

  #tenuresOf(process: number): Tenure[] {
    return [...this.#tenures.values()].filter((tenure) => tenure.process === process);
  }

  of(partition: number): PartitionTruth {
    return this.partitions[partition] as PartitionTruth;
  }
}

/** What aborted handlers and the last commit get after a drain. */
const LETTING_GO_MS = 3000;

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { OffsetRange } from '../../src/contract/offset-range.ts';
import type { CommitPoint } from '../../src/flow/epoch.ts';
import { Flow } from '../../src/flow/flow.ts';
import { checkEmpty, checkEpoch, checkStall, checkTally } from './account.ts';
import { FakeClock } from './clock.ts';
import { Dice } from './dice.ts';
import type { EpochModel } from './epoch-model.ts';
import { Log } from './log.ts';
import { durationOf, playOf } from './play.ts';
import { pipelineFor, type Scenario } from './scenario.ts';
import { FakeThreads } from './threads.ts';
import { type Counts, Witness } from './witness.ts';

/** A partition of the source topic, and who has it. */
interface Source {
  readonly topic: string;
  readonly partition: number;
  readonly log: Log;
  /** What the broker has; null before the first commit. */
  committed: number | null;
  /** What came with it: the records above that are settled. */
  map: readonly OffsetRange[];
  readonly start: number;
  /** null while it is not assigned. */
  model: EpochModel | null;
  /** Whether somebody is giving it up, or waits until it is free. */
  isMoving: boolean;
}

/** A commit on its way: what it says, and what was true when it was made. */
interface Offer {
  readonly source: Source;
  readonly model: EpochModel;
  readonly point: CommitPoint;
  readonly index: number;
  readonly settled: number;
  readonly map: readonly OffsetRange[];
}

const offerOf = (source: Source, model: EpochModel, point: CommitPoint): Offer => {
  const { low: index, settled, epoch } = model;
  return { source, model, point, index, settled, map: epoch.settledAbove() };
};

/** The real flow between simulated threads and a simulated Kafka, watched by a Witness. */
export class World {
  readonly #scenario: Scenario;
  readonly #clock: FakeClock = new FakeClock();
  readonly #dice: Dice;
  readonly #witness: Witness;
  readonly #threads: FakeThreads;
  readonly #flow: Flow;
  readonly #sources: Source[] = [];
  /** No fault happens any more. */
  #isHealthy = false;
  #isCommitWanted = false;
  #isCommitting = false;
  /** Moves of partitions that are going on, and the error of one of them. */
  #moves = 0;
  #error: unknown = null;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    const clock = this.#clock;
    const dice = new Dice(scenario.seed);
    const pipeline = pipelineFor(scenario);
    const limits = Array.from({ length: scenario.threads }, () => scenario.limit);
    this.#dice = dice;
    this.#witness = new Witness(pipeline, limits.length, () => clock.now());
    this.#threads = new FakeThreads({
      clock,
      dice,
      limits,
      delayMs: () => dice.between(0.01, 0.5),
      startMs: () => dice.between(0.1, 30),
      outputsMax: scenario.outputsMax,
      plan: (attempt) =>
        this.#isHealthy
          ? { type: 'ack', afterMs: durationOf(scenario.handlerMs, dice) }
          : playOf(scenario, dice, attempt),
      watch: this.#witness,
    });
    this.#flow = new Flow({
      pipeline,
      limits,
      threads: this.#threads,
      clock,
      random: () => dice.next(),
      onWantCommit: () => {
        this.#isCommitWanted = true;
      },
      onRoom: () => {
        this.counts.roomAgain++;
      },
    });
    for (let partition = 0; partition < scenario.partitions; partition++) {
      const start = dice.below(50);
      const log = new Log(start, scenario.log, dice);
      log.grow(dice.below(40));
      const source = { topic: 'orders', partition, log, start, committed: null, model: null };
      this.#sources.push({ ...source, map: [], isMoving: false });
    }
  }

  get counts(): Counts {
    return this.#witness.counts;
  }

  /** Faults for a while, then none: in the end everything is handled and nothing is left. */
  async run(): Promise<void> {
    this.#threads.start(this.#flow);
    for (let i = 0; i < this.#scenario.steps; i++) {
      if (this.#dice.chance(0.3) || !this.#clock.step()) this.#act();
      if (this.#moves > 0) await setImmediate();
      this.#check();
    }
    this.#isHealthy = true;
    await this.#settle();
    for (const source of this.#sources) this.#revoke(source, 600_000);
    await this.#settle();
    for (const { model, committed, log } of this.#sources) {
      assert(model, 'every partition is assigned in the end');
      checkEmpty(model.epoch.partition);
      assert.equal(committed, log.end, 'P12: the committed offset reaches the end of the log');
    }
    assert.equal(this.#flow.inFlight, 0, 'records in flight');
    assert.equal(this.#clock.nextMs, Number.POSITIVE_INFINITY, 'no timer is left');
    checkTally(this.#flow.tally, this.counts);
  }

  // ---- what happens to the flow from outside

  #act(): void {
    const { rates } = this.#scenario;
    const dice = this.#dice;
    const source = dice.pick(this.#sources);
    if (dice.chance(rates.kill)) this.#kill();
    else if (dice.chance(rates.revoke)) this.#revoke(source, dice.pick([0, 2, 10, 50, 500]));
    else if (dice.chance(rates.lose)) this.#lose(source);
    else if (!source.model) this.#assign(source);
    else if (dice.chance(0.7)) this.#feed(source);
    else if (dice.chance(0.5)) this.#commit();
    else source.log.grow(dice.below(dice.pick([5, 20, 200])));
  }

  #kill(): void {
    const thread = this.#dice.below(this.#scenario.threads);
    if (this.#threads.isAlive(thread)) this.counts.kills++;
    this.#threads.kill(thread, this.#dice.pick(['exit', 'crash', 'heap']));
  }

  #assign(source: Source): void {
    if (source.model || source.isMoving) return;
    const { topic, partition } = source;
    const start = source.committed ?? source.start;
    const committed = source.committed === null ? null : BigInt(source.committed);
    const { map } = source;
    const epoch = this.#flow.assign(topic, partition, BigInt(start), committed, map);
    source.model = this.#witness.assigned(epoch, start, source.committed, map);
  }

  /** Fetches once for a partition, if it has room and there is something; says whether. */
  #feed({ model, log }: Source): boolean {
    if (!model || model.position >= log.end) return false;
    const { epoch } = model;
    const room = epoch.room();
    if (room === 0) return false;
    const block = log.read(model.position, 1 + this.#dice.below(this.#dice.pick([1, 30, 200])));
    epoch.asked(room);
    assert.equal(epoch.room(), 0, 'what was asked for is no room any more');
    epoch.asked(-room);
    // The account comes first: the flow hands out within `admit`.
    model.admit(block);
    assert(epoch.admit(block), 'a partition with room takes records');
    return true;
  }

  /** One commit at a time, as the committer does it; its answer may be lost, before or after its effect. */
  #commit(): void {
    if (this.#isCommitting) return;
    this.#isCommitWanted = false;
    const offers: Offer[] = [];
    for (const source of this.#sources) {
      const { model } = source;
      const point = model?.epoch.commitPoint();
      if (model && point) offers.push(offerOf(source, model, point));
    }
    if (offers.length === 0) return;
    this.#isCommitting = true;
    const isLost = !this.#isHealthy && this.#dice.chance(this.#scenario.rates.lostCommit);
    const hasEffect = !isLost || this.#dice.chance(0.5);
    this.#clock.after(this.#dice.between(0.1, 5), () => {
      this.#isCommitting = false;
      if (isLost) this.counts.commitsLost++;
      for (const offer of offers) {
        if (offer.model.isClosed || !hasEffect) continue;
        this.#store(offer);
        if (!isLost) this.#confirm(offer);
      }
    });
  }

  #store({ source, point, map }: Offer): void {
    source.committed = Number(point.offset);
    source.map = map;
    if (map.length > 0) this.counts.maps++;
  }

  #confirm({ model, point, index, settled }: Offer): void {
    model.committed = Number(point.offset);
    model.committedIndex = index;
    model.noted = Math.max(model.noted, settled);
    model.epoch.confirm(point);
  }

  /** The partition goes to another member, after a drain of at most `forMs`. */
  #revoke(source: Source, forMs: number): void {
    const { model } = source;
    if (!model || source.isMoving) return;
    source.isMoving = true;
    this.#move(async () => {
      model.untilMs = this.#clock.now() + forMs;
      const drained = await this.#drain(model);
      if (!drained) return;
      const point = model.epoch.commitPoint();
      if (point) {
        const offer = offerOf(source, model, point);
        this.#store(offer);
        this.#confirm(offer);
      }
      await this.#close(source, model);
    });
  }

  /** False when the partition was lost in the meantime. */
  async #drain(model: EpochModel): Promise<boolean> {
    const graceMs = this.#dice.below(20);
    const drained = await model.epoch.drain(model.untilMs, graceMs, 'revoked');
    if (model.isClosed) return false;
    const isEarly = this.#clock.now() < model.untilMs;
    this.#witness.drained(model, drained, isEarly);
    if (!isEarly) this.counts.drainsLate++;
    else if (drained.open > 0) this.counts.drainsWithRetry++;
    else this.counts.drainsClean++;
    return true;
  }

  /** The partition is gone without a word, perhaps in the middle of a drain. */
  #lose(source: Source): void {
    const { model } = source;
    if (!model) return;
    if (source.isMoving) this.counts.lostInDrain++;
    source.isMoving = true;
    this.#move(() => this.#close(source, model));
  }

  async #close(source: Source, model: EpochModel): Promise<void> {
    const { epoch, topic, partition } = model;
    source.model = null;
    model.isClosed = true;
    if (model.inFlight > 0) this.counts.closedInFlight++;
    epoch.close();
    assert.equal(epoch.commitPoint(), null, 'P4: a closed epoch offers nothing');
    await this.#flow.whenFree(topic, partition);
    assert.equal(model.inFlight, 0, 'P5: a partition is free when nothing of it runs');
    source.isMoving = false;
  }

  #move(work: () => Promise<void>): void {
    this.#moves++;
    work()
      .catch((error: unknown) => {
        this.#error = error;
      })
      .finally(() => {
        this.#moves--;
      });
  }

  // ---- after each event

  #check(): void {
    if (this.#error !== null) throw this.#error;
    for (const { model } of this.#sources) if (model) checkEpoch(model);
    if (!this.#threads.isQuiet) return;
    for (const { model } of this.#sources) {
      if (model) checkStall(model, this.#clock.now(), this.#scenario.maxUncommitted);
    }
  }

  /** Goes on without faults until nothing more happens by itself. */
  async #settle(): Promise<void> {
    for (let i = 0; i < SETTLE_MAX; i++) {
      let isFed = false;
      for (const source of this.#sources) {
        this.#assign(source);
        isFed = this.#feed(source) || isFed;
      }
      if (this.#isCommitWanted) this.#commit();
      if (this.#moves > 0) await setImmediate();
      this.#check();
      if (this.#clock.step() || isFed || this.#sources.some(({ model }) => !model)) continue;
      this.#commit();
      if (!this.#clock.step()) return;
    }
    assert.fail(`P12: no end after ${SETTLE_MAX} events without faults`);
  }
}

const SETTLE_MAX = 100_000;

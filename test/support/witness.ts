import assert from 'node:assert/strict';
import type { PipelineConfig } from '../../src/contract/config.ts';
import type { OffsetRange } from '../../src/contract/offset-range.ts';
import { RECORD } from '../../src/contract/thread.ts';
import { type Failure, VERDICT } from '../../src/contract/verdict.ts';
import type { Chunk } from '../../src/flow/chunk.ts';
import type { Drained, Epoch } from '../../src/flow/epoch.ts';
import { type Entry, EpochModel } from './epoch-model.ts';
import { type Fate, fateOf } from './fate.ts';
import type { Answer, Attempt } from './thread.ts';
import type { ThreadWatch } from './threads.ts';

/** What happened in a run, so that a run in which nothing happened can be told from one that held. */
export class Counts {
  static readonly names: readonly (keyof Counts)[] = Object.keys(new Counts()) as (keyof Counts)[];
  acked = 0;
  skipped = 0;
  dropped = 0;
  halted = 0;
  retried = 0;
  notRun = 0;
  stale = 0;
  soloRuns = 0;
  strikes = 0;
  struckOut = 0;
  overdue = 0;
  deathsIdle = 0;
  deathsAlone = 0;
  deathsShared = 0;
  refused = 0;
  /** Outputs refused while a later record of the lane was under way. */
  refusedAhead = 0;
  failed = 0;
  kills = 0;
  commitsLost = 0;
  roomAgain = 0;
  drainsClean = 0;
  /** Drains that ended before their deadline with a retry that was due only after it. */
  drainsWithRetry = 0;
  drainsLate = 0;
  lostInDrain = 0;
  /** Commits that noted records settled above their offset. */
  maps = 0;
  closedInFlight = 0;
}

/**
 * Watches everything that enters and leaves the flow, keeps its own naive account, and throws when a promise is
 * broken. It shares no code with the engine.
 */
export class Witness implements ThreadWatch {
  readonly counts: Counts = new Counts();
  readonly #models = new Map<number, EpochModel>();
  readonly #pipeline: PipelineConfig;
  readonly #now: () => number;
  /** Records whose handler runs, by lane over all epochs. */
  readonly #running = new Map<string, Entry>();
  /** Per thread: records sent and not back, and the one that has the thread for itself. */
  readonly #held: number[];
  readonly #alone: (Entry | null)[];

  constructor(pipeline: PipelineConfig, threads: number, now: () => number) {
    this.#pipeline = pipeline;
    this.#now = now;
    this.#held = new Array(threads).fill(0);
    this.#alone = new Array(threads).fill(null);
  }

  /** `map`: settled above the committed offset before the epoch began. */
  assigned(
    epoch: Epoch,
    start: number,
    committed: number | null,
    map: readonly OffsetRange[],
  ): EpochModel {
    const model = new EpochModel(epoch, start, committed, this.#pipeline.ordering, map);
    this.#models.set(epoch.partition.index, model);
    return model;
  }

  // ---- what the threads see

  sent(chunk: Chunk): void {
    const held = this.#held[chunk.thread] as number;
    rule(this.#alone[chunk.thread] === null, 'P10: nothing joins a record that runs alone');
    for (const run of chunk.runs) {
      for (let at = run.from; at < run.to; at++) {
        const entry = this.#model(run.partition).entry(run.block, at);
        this.#mayBeSent(entry, run.attempt, chunk.thread);
        if (entry.isSuspect || entry.strikes > 0) {
          rule(chunk.count === 1 && held === 0, `P10: ${entry.place} runs alone`);
          this.#alone[chunk.thread] = entry;
          this.counts.soloRuns++;
        }
        entry.state = 'handed';
        entry.thread = chunk.thread;
        entry.isDone = false;
        entry.epoch.inFlight++;
      }
    }
    this.#held[chunk.thread] = held + chunk.count;
  }

  started(attempt: Attempt): void {
    const entry = this.#entry(attempt);
    const { lane, place } = entry;
    rule(entry.state === 'handed' && !entry.isRunning, `${place} starts once after it was sent`);
    if (lane.key !== '') {
      const other = this.#running.get(lane.key);
      rule(other === undefined, `P5: ${place} starts while ${other?.place} of its lane runs`);
      this.#running.set(lane.key, entry);
      for (const earlier of lane.before(entry)) {
        const isOver = earlier.state === 'awaiting' || earlier.isDone || lane.isHalted;
        rule(isOver, `P5: ${place} starts before ${earlier.place} of its lane`);
      }
    }
    entry.isRunning = true;
    entry.epoch.maxStarted = Math.max(entry.epoch.maxStarted, entry.index);
  }

  ended(attempt: Attempt): void {
    const entry = this.#entry(attempt);
    this.#stopped(entry);
    entry.isDone = attempt.state === RECORD.done || attempt.plan?.type === 'produce';
  }

  back({ attempt, verdict, failure }: Answer): void {
    const entry = this.#leave(attempt);
    if (entry.epoch.isClosed) {
      this.counts.stale++;
    } else if (failure) {
      entry.isSuspect = false;
      this.#charge(entry, failure, false);
    } else if (verdict === VERDICT.notRun) {
      rule(!entry.isDone, `${entry.place} is given back unrun`);
      entry.state = 'waiting';
      this.counts.notRun++;
    } else {
      rule(entry.isDone, `${entry.place} was handled`);
      entry.isSuspect = false;
      if (attempt.plan?.type === 'produce') {
        entry.state = 'awaiting';
        entry.epoch.awaiting++;
      } else {
        this.#end(entry, verdict === VERDICT.skip ? 'skipped' : 'acked');
      }
    }
  }

  confirmed(attempt: Attempt): void {
    const entry = this.#entry(attempt);
    entry.epoch.awaiting--;
    if (entry.epoch.isClosed) this.counts.stale++;
    else this.#end(entry, 'acked');
  }

  refused(attempt: Attempt, failure: Failure): void {
    const entry = this.#entry(attempt);
    entry.epoch.awaiting--;
    if (entry.epoch.isClosed) {
      this.counts.stale++;
      return;
    }
    const later = entry.lane.entries.slice(entry.lane.entries.indexOf(entry) + 1);
    if (later.some((other) => other.attempts > 0 || other.state === 'handed'))
      this.counts.refusedAhead++;
    this.counts.refused++;
    this.#charge(entry, failure, false);
  }

  died(_thread: number, orphans: readonly Attempt[]): void {
    const running = orphans.filter((orphan) => orphan.state === RECORD.running);
    const overdue = running.filter((orphan) => orphan.isOverdue);
    const charged = overdue.length > 0 ? overdue : running.length === 1 ? running : [];
    if (running.length === 0) this.counts.deathsIdle++;
    else if (overdue.length > 0) this.counts.overdue++;
    else if (running.length === 1) this.counts.deathsAlone++;
    else this.counts.deathsShared++;
    for (const orphan of orphans) {
      const entry = this.#leave(orphan);
      this.#stopped(entry);
      if (entry.epoch.isClosed) {
        this.counts.stale++;
      } else if (orphan.state === RECORD.done) {
        entry.isSuspect = false;
        this.#end(entry, 'acked');
      } else if (charged.includes(orphan)) {
        entry.isSuspect = false;
        this.#charge(entry, null, overdue.length === 0);
      } else {
        entry.state = 'waiting';
        if (running.includes(orphan) && charged.length === 0) entry.isSuspect = true;
      }
      entry.isDone = false;
    }
  }

  // ---- what the flow promises at its end of a drain

  /** `isEarly`: the drain ended before its deadline. */
  drained(model: EpochModel, result: Drained, isEarly: boolean): void {
    const { unfinished, top } = model;
    assert.equal(result.open, unfinished.length, 'a drain counts what is unfinished');
    const last = top > model.low ? (model.entries[top - 1] as Entry).offset + 1 : model.watermark;
    assert.equal(Number(result.to), last, 'a drain names the end of what was handed out');
    if (!isEarly) return;
    rule(model.inFlight === 0 && model.awaiting === 0, 'P6: a drain waits for what runs');
    for (const entry of unfinished) {
      const { latestMs } = entry.lane;
      rule(
        latestMs > model.untilMs,
        `P6: ${entry.place} could have been handled before the deadline`,
      );
    }
  }

  // ---- helpers

  #mayBeSent(entry: Entry, attempt: number, thread: number): void {
    const { epoch, lane, place } = entry;
    const { maxUncommitted, retry } = this.#pipeline;
    const nowMs = this.#now();
    rule(!epoch.isClosed, `P4: ${place} is not sent after its epoch`);
    rule(entry.state === 'waiting', `${place} is sent while it is ${entry.state}`);
    assert.equal(attempt, entry.attempts + 1, `the attempt number of ${place}`);
    rule(retry.maxAttempts === 0 || entry.attempts < retry.maxAttempts, `attempts of ${place}`);
    rule(entry.strikes < 2, `${place} has killed two threads`);
    rule(!lane.isHalted, `${place} is sent though its lane is halted`);
    rule(nowMs >= entry.earliestMs - 1e-6, `${place} is sent before its backoff is over`);
    rule(
      entry.index < epoch.committedIndex + maxUncommitted,
      `P9: ${place} is ${entry.index - epoch.committedIndex} above the committed offset`,
    );
    for (const earlier of lane.before(entry)) {
      const isAhead = earlier.state === 'handed' && earlier.thread === thread;
      rule(isAhead || earlier.state === 'awaiting', `P5: ${place} is sent before ${earlier.place}`);
    }
    if (epoch.untilMs === Number.POSITIVE_INFINITY) return;
    rule(epoch.epoch.partition.state === 'draining', `P6: ${place} is sent during the recall`);
    rule(nowMs <= epoch.untilMs, `P6: ${place} is sent after the deadline`);
    rule(entry.index <= epoch.maxStarted, `P6: ${place} fills no gap`);
  }

  #charge(entry: Entry, failure: Failure | null, isStrike: boolean): void {
    entry.attempts++;
    this.counts.failed++;
    if (isStrike) {
      entry.strikes++;
      this.counts.strikes++;
      if (entry.strikes === 2) this.counts.struckOut++;
    }
    const fate: Fate = fateOf(this.#pipeline, failure, entry, this.#now());
    if (fate.type === 'drop') {
      this.#end(entry, 'dropped');
      return;
    }
    entry.state = 'waiting';
    if (fate.type === 'halt') {
      entry.lane.isHalted = true;
      this.counts.halted++;
      return;
    }
    this.counts.retried++;
    entry.earliestMs = fate.earliestMs;
    entry.lane.latestMs = fate.latestMs;
  }

  #end(entry: Entry, count: 'acked' | 'skipped' | 'dropped'): void {
    entry.epoch.end(entry);
    this.counts[count]++;
  }

  /** A record comes back from its thread, whatever became of it. */
  #leave(attempt: Attempt): Entry {
    const entry = this.#entry(attempt);
    const { thread } = attempt.chunk;
    rule(entry.state === 'handed' && entry.thread === thread, `${entry.place} comes back once`);
    if (this.#alone[thread] === entry) this.#alone[thread] = null;
    this.#held[thread] = (this.#held[thread] as number) - 1;
    entry.epoch.inFlight--;
    return entry;
  }

  #stopped(entry: Entry): void {
    if (entry.isRunning && entry.lane.key !== '') this.#running.delete(entry.lane.key);
    entry.isRunning = false;
  }

  #entry({ run, at }: Attempt): Entry {
    return this.#model(run.partition).entry(run.block, at);
  }

  #model(index: number): EpochModel {
    const model = this.#models.get(index);
    assert(model, 'only records of known epochs move');
    return model;
  }
}

function rule(holds: boolean, what: string): asserts holds {
  if (!holds) throw new assert.AssertionError({ message: what });
}

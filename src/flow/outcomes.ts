import type { PipelineConfig } from '../contract/config.ts';
import { publish } from '../contract/signals.ts';
import { RECORD } from '../contract/thread.ts';
import { type Failure, VERDICT, type Verdict } from '../contract/verdict.ts';
import type { Chunk, Run } from './chunk.ts';
import type { Dispatch } from './dispatch.ts';
import { DueQueue } from './due-queue.ts';
import type { Lane } from './lane.ts';
import type { Partition } from './partition.ts';
import { decide } from './retry.ts';
import type { Tally } from './tally.ts';

/** What becomes of records that come back: settled, tried again after a while, suspected, or given up. */
export class Outcomes {
  readonly #pipeline: PipelineConfig;
  readonly #dispatch: Dispatch;
  readonly #tally: Tally;
  readonly #random: () => number;
  /** Asks the thread that closed a lane to open it. */
  readonly #open: (thread: number, partition: number, lane: number) => void;
  readonly #due = new DueQueue<{ partition: Partition; lane: Lane }>();

  constructor(
    pipeline: PipelineConfig,
    dispatch: Dispatch,
    tally: Tally,
    ports: {
      random: () => number;
      open: (thread: number, partition: number, lane: number) => void;
    },
  ) {
    this.#pipeline = pipeline;
    this.#dispatch = dispatch;
    this.#tally = tally;
    this.#random = ports.random;
    this.#open = ports.open;
  }

  /** When `wake` has something to do; Infinity when nothing waits. */
  get nextMs(): number {
    return this.#due.nextMs;
  }

  /** Lets the lanes go on whose backoff is over. */
  wake(nowMs: number): void {
    for (let due = this.#due.take(nowMs); due; due = this.#due.take(nowMs)) {
      this.#goOn(due.partition, due.lane, nowMs);
    }
  }

  /**
   * `count` records of a chunk, from `place` on, came back with the same verdict. With `hasOutputs` they are handled, but
   * count only when `confirm` says that the broker has what they produced.
   */
  back(chunk: Chunk, place: number, count: number, verdict: Verdict, hasOutputs: boolean): void {
    chunk.each(place, count, (run, at, n) => {
      this.#dispatch.crew.release(chunk.thread, run, at, n);
      const { owner } = run;
      if (owner.state === 'closed') return this.#stale(owner, n);
      if (verdict === VERDICT.notRun) {
        for (let i = at; i < at + n; i++) this.#wait(run, owner.takeBack(run.held, i));
        return;
      }
      if (hasOutputs) {
        owner.awaiting += n;
        return;
      }
      this.#settle(run, at, n, verdict === VERDICT.skip ? 'skip' : 'ack');
      this.#leaveSolo(run, at);
    });
  }

  /** The outputs of a handled record are acknowledged. */
  confirm(chunk: Chunk, place: number): void {
    chunk.each(place, 1, (run, at) => {
      run.owner.awaiting--;
      if (run.owner.state === 'closed') return this.#stale(run.owner, 1);
      this.#settle(run, at, 1, 'ack');
      this.#leaveSolo(run, at);
    });
  }

  /** The outputs of a handled record can't be written: its handler isn't run again, `onFailure` decides. */
  refuse(chunk: Chunk, place: number, failure: Failure, nowMs: number): void {
    chunk.each(place, 1, (run, at) => {
      run.owner.awaiting--;
      if (run.owner.state === 'closed') return this.#stale(run.owner, 1);
      this.#fail(run, at, failure, { isStrike: false, thread: -1, nowMs });
    });
  }

  /** The attempt at one record failed; its thread has closed the lane. */
  failed(chunk: Chunk, place: number, failure: Failure, nowMs: number): void {
    chunk.each(place, 1, (run, at) => {
      this.#dispatch.crew.release(chunk.thread, run, at, 1);
      if (run.owner.state === 'closed') return this.#stale(run.owner, 1);
      const isClosed = (run.held.lane[at] as number) !== 0;
      const thread = isClosed ? chunk.thread : -1;
      this.#fail(run, at, failure, { isStrike: false, thread, nowMs });
    });
  }

  /** The thread holds nothing of a lane any more that was sent before it was closed. */
  opened(partition: Partition, laneId: number, nowMs: number): void {
    const lane = partition.lanes.of(laneId);
    if (!lane || lane.closedIn < 0) return;
    lane.closedIn = -1;
    if (lane.state === 'waiting') this.#goOn(partition, lane, nowMs);
  }

  /**
   * A record was on a thread that is gone. `state` is what the shared memory says of it; `failure` is set for what the
   * record is to be charged with; a `suspect` is run again alone, uncharged.
   */
  orphan(
    chunk: Chunk,
    place: number,
    state: number,
    fate: { failure: Failure | null; isSuspect: boolean; isStrike: boolean },
    nowMs: number,
  ): void {
    if (state === RECORD.done) {
      this.back(chunk, place, 1, VERDICT.ack, false);
      return;
    }
    chunk.each(place, 1, (run, at) => {
      this.#dispatch.crew.release(chunk.thread, run, at, 1);
      const { owner } = run;
      if (owner.state === 'closed') return this.#stale(owner, 1);
      if (fate.failure) {
        const cause = { isStrike: fate.isStrike, thread: -1, nowMs };
        return this.#fail(run, at, fate.failure, cause);
      }
      const lane = owner.takeBack(run.held, at);
      if (fate.isSuspect) lane.markAlone(run.held.firstSeq + at);
      this.#wait(run, lane);
    });
  }

  #settle(run: Run, at: number, n: number, outcome: 'ack' | 'skip' | 'drop'): void {
    const { owner, held } = run;
    owner.settle(held, at, n);
    this.#tally.of(owner.topic)[outcome] += n;
  }

  /** The lane of a record that ran alone goes on. */
  #leaveSolo(run: Run, at: number): void {
    if (!run.isSolo) return;
    const lane = run.owner.laneAt(run.held, at);
    if (lane?.state === 'solo') this.#resume(run.owner, lane);
  }

  /** A record that came back unfinished: it waits in its lane, unless something else holds the lane. */
  #wait(run: Run, lane: Lane): void {
    const isFree = lane.state === 'ready' || lane.state === 'parked';
    if (isFree || (lane.state === 'solo' && run.isSolo)) this.#resume(run.owner, lane);
  }

  #fail(run: Run, at: number, failure: Failure, cause: Cause): void {
    const { owner, held } = run;
    const seq = held.firstSeq + at;
    const { attempts, strikes } = owner.attempts.charge(seq, cause.isStrike);
    this.#tally.of(owner.topic).failed[failure.kind]++;
    const isHalted = owner.laneAt(held, at)?.state === 'halted';
    const decision = decide(this.#pipeline.retry, failure, attempts, strikes, this.#random);
    const isRetried = decision.type === 'retry' && !isHalted;
    const next = isRetried ? 'retry' : this.#pipeline.onFailure;
    const delayMs = isRetried ? decision.delayMs : 0;
    publish('record.failed', {
      pipeline: this.#pipeline.id,
      topic: owner.topic,
      partition: owner.partition,
      offset: owner.ledger.offsetOf(seq),
      attempt: attempts,
      kind: failure.kind,
      error: failure.error,
      next,
      delayMs,
    });
    if (next === 'drop') {
      this.#settle(run, at, 1, 'drop');
      if (cause.thread < 0) {
        this.#leaveSolo(run, at);
        return;
      }
    } else {
      const lane = owner.takeBack(held, at);
      if (strikes > 0) lane.markAlone(seq);
    }
    const lane = owner.lanes.get(held.lane[at] as number, seq);
    this.#hold(owner, lane, next, delayMs, cause);
  }

  /** Puts a lane of which a record failed into the state that follows. */
  #hold(
    owner: Partition,
    lane: Lane,
    next: 'retry' | 'halt' | 'drop',
    delayMs: number,
    cause: Cause,
  ): void {
    lane.closedIn = cause.thread;
    if (cause.thread >= 0) this.#open(cause.thread, owner.index, lane.id);
    lane.state = next === 'halt' ? 'halted' : 'waiting';
    if (next === 'halt') return;
    lane.dueMs = cause.nowMs + delayMs;
    if (delayMs > 0) this.#due.add(lane.dueMs, { partition: owner, lane });
    else this.#goOn(owner, lane, cause.nowMs);
  }

  #goOn(partition: Partition, lane: Lane, nowMs: number): void {
    if (partition.state === 'closed' || lane.state !== 'waiting') return;
    if (lane.closedIn >= 0 || lane.dueMs > nowMs) return;
    this.#resume(partition, lane);
  }

  #resume(partition: Partition, lane: Lane): void {
    if (lane.isAlone) this.#dispatch.addSolo(partition, lane);
    else partition.ready(lane);
  }

  #stale(owner: Partition, count: number): void {
    this.#tally.stale += count;
    publish('verdict.stale', {
      pipeline: this.#pipeline.id,
      topic: owner.topic,
      partition: owner.partition,
      count,
    });
  }
}

/** What made an attempt fail: whether it killed its thread while alone, and the thread that closed the lane, or -1. */
interface Cause {
  readonly isStrike: boolean;
  readonly thread: number;
  readonly nowMs: number;
}

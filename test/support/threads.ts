import assert from 'node:assert/strict';
import type { Clock } from '../../src/contract/clock.ts';
import type { ThreadDeath } from '../../src/contract/signals.ts';
import { type AbortReason, RECORD } from '../../src/contract/thread.ts';
import { type Failure, VERDICT } from '../../src/contract/verdict.ts';
import type { Orphan } from '../../src/flow/blame.ts';
import type { Chunk } from '../../src/flow/chunk.ts';
import type { Flow, FlowThreads } from '../../src/flow/flow.ts';
import type { Partition } from '../../src/flow/partition.ts';
import type { Dice } from './dice.ts';
import { failureOf } from './pipeline.ts';
import { Seat } from './seat.ts';
import { type Answer, Attempt, type FromFakeThread, type Plan } from './thread.ts';

/** Sees all that happens to records on the threads, each before the flow hears of it. */
export interface ThreadWatch {
  sent(chunk: Chunk): void;
  started(attempt: Attempt): void;
  ended(attempt: Attempt): void;
  back(answer: Answer): void;
  confirmed(attempt: Attempt): void;
  refused(attempt: Attempt, failure: Failure): void;
  died(thread: number, orphans: readonly Attempt[]): void;
}

export interface FakeThreadsOptions {
  readonly clock: Clock;
  readonly dice: Dice;
  /** Per thread: records that run at the same time. */
  readonly limits: readonly number[];
  /** How long a message is under way. */
  readonly delayMs: () => number;
  /** From the notice of a death until the successor is up. */
  readonly startMs: () => number;
  /** Outputs that may be under way before nothing more is handed out. */
  readonly outputsMax: number;
  /** What the handler does with a record. */
  readonly plan: (attempt: Attempt) => Plan;
  readonly watch?: Partial<ThreadWatch>;
}

/** The pool as the flow sees it, with simulated threads: deterministic under the dice and the clock. */
export class FakeThreads implements FlowThreads {
  readonly #options: FakeThreadsOptions;
  readonly #seats: Seat[];
  readonly #known = new Set<number>();
  readonly #recalls = new Map<number, { threads: Set<number>; resolve: () => void }>();
  readonly #means = new Map<number, number>();
  #flow: Flow | null = null;
  #nextIndex = 0;
  #nextRecall = 0;
  /** Handled, and their outputs neither taken nor refused. */
  #writing = 0;
  /** Threads that are gone without the flow's knowing, or about to come up. */
  #changes = 0;

  constructor(options: FakeThreadsOptions) {
    this.#options = options;
    this.#seats = options.limits.map((_, id) => this.#seat(id));
  }

  /** Starts all threads: each is up after its own while. */
  start(flow: Flow): void {
    this.#flow = flow;
    for (const seat of this.#seats) this.#raise(seat);
  }

  /** Whether nothing is on any thread or under way, so that nothing will happen by itself. */
  get isQuiet(): boolean {
    if (this.#writing > 0 || this.#changes > 0) return false;
    return this.#seats.every((seat) => seat.isQuiet);
  }

  isAlive(thread: number): boolean {
    return this.#at(thread).isAlive;
  }

  /** Ends a thread where it stands. The flow hears of it a while later, and then of its successor. */
  kill(thread: number, death: ThreadDeath): void {
    const seat = this.#at(thread);
    if (!seat.isAlive) return;
    const { clock, dice, delayMs, watch } = this.#options;
    seat.isAlive = false;
    seat.thread.stop();
    seat.toMain.cut(dice.below(seat.toMain.size + 1));
    this.#changes++;
    clock.after(delayMs() + dice.between(0, 2), () => {
      this.#changes--;
      seat.toMain.rush();
      seat.toThread.cut(0);
      const orphans = [...seat.held];
      if (dice.chance(0.3)) dice.shuffle(orphans);
      seat.held.clear();
      watch?.died?.(thread, orphans);
      const running = orphans.filter(({ state }) => state === RECORD.running).length;
      this.#to().threadDied(
        thread,
        death,
        `thread ${thread} is gone`,
        orphans.map(asOrphan),
        running,
      );
      for (const [id, recall] of this.#recalls) this.#answer(id, recall, thread);
      this.#raise(seat);
    });
  }

  // ---- FlowThreads

  nextIndex(): number {
    return this.#nextIndex++;
  }

  announce(partition: Partition): void {
    assert(!this.#known.has(partition.index), 'a partition is announced once');
    this.#known.add(partition.index);
  }

  forget(partition: Partition): void {
    assert(this.#known.delete(partition.index), 'an announced partition is forgotten once');
    for (const { held } of this.#seats) {
      for (const attempt of held)
        assert(attempt.index !== partition.index, 'nothing of a forgotten partition is held');
    }
  }

  send(chunk: Chunk): void {
    const seat = this.#at(chunk.thread);
    const attempts: Attempt[] = [];
    for (const run of chunk.runs) {
      assert(this.#known.has(run.partition), 'a partition is announced before its records');
      for (let at = run.from; at < run.to; at++) {
        attempts.push(new Attempt(chunk, attempts.length, run, at));
      }
    }
    assert.equal(attempts.length, chunk.count, 'a chunk counts its records');
    assert(chunk.count > 0 && chunk.count <= 256, 'a chunk holds 1 to 256 records');
    this.#options.watch?.sent?.(chunk);
    for (const attempt of attempts) seat.held.add(attempt);
    seat.toThread.post({ type: 'chunk', attempts });
  }

  meanMs(partition: number): number {
    return this.#means.get(partition) ?? 0;
  }

  /** There is no other pipeline. */
  claim(): boolean {
    return true;
  }

  unclaim(): void {}

  open(thread: number, index: number, lane: number): void {
    this.#at(thread).toThread.post({ type: 'open', index, lane });
  }

  recall(partition: Partition): Promise<void> {
    const id = this.#nextRecall++;
    return new Promise((resolve) => {
      const threads = new Set<number>();
      for (const seat of this.#seats) {
        if (seat.held.size === 0) continue;
        threads.add(seat.id);
        seat.toThread.post({ type: 'recall', index: partition.index, id });
      }
      if (threads.size === 0) resolve();
      else this.#recalls.set(id, { threads, resolve });
    });
  }

  abort(partition: Partition, reason: AbortReason): void {
    for (const seat of this.#seats)
      seat.toThread.post({ type: 'abort', index: partition.index, reason });
  }

  isSaturated(): boolean {
    return this.#writing >= this.#options.outputsMax;
  }

  // ---- what the threads say

  #receive(seat: Seat, message: FromFakeThread): void {
    const flow = this.#to();
    switch (message.type) {
      case 'reply':
        this.#reply(seat, message.answers);
        break;
      case 'opened':
        flow.opened(message.index, message.lane);
        break;
      case 'retiring':
        flow.threadRetiring(seat.id);
        return;
      case 'retired':
        this.kill(seat.id, 'stuck');
        return;
      case 'recalled': {
        const recall = this.#recalls.get(message.id);
        if (recall) this.#answer(message.id, recall, seat.id);
        break;
      }
    }
    flow.turn();
  }

  /** Verdicts in a row in one chunk are told as one run. */
  #reply(seat: Seat, answers: readonly Answer[]): void {
    const flow = this.#to();
    for (let i = 0; i < answers.length; ) {
      const { attempt, verdict, failure } = answers[i] as Answer;
      const { chunk, place } = attempt;
      const hasOutputs = attempt.plan?.type === 'produce' && verdict === VERDICT.ack;
      let count = 0;
      for (let next = answers[i]; next; next = answers[i + count]) {
        const fits =
          next.attempt.chunk === chunk &&
          next.attempt.place === place + count &&
          next.verdict === verdict;
        const isAlike =
          (next.attempt.plan?.type === 'produce' && verdict === VERDICT.ack) === hasOutputs;
        if (count > 0 && (failure || !fits || !isAlike)) break;
        seat.held.delete(next.attempt);
        this.#options.watch?.back?.(next);
        if (hasOutputs) this.#write(next.attempt);
        count++;
      }
      if (failure) flow.failed(chunk, place, failure);
      else flow.back(chunk, place, count, verdict, hasOutputs);
      i += count;
    }
  }

  #write(attempt: Attempt): void {
    const { clock, dice, delayMs, watch } = this.#options;
    const isRefused = attempt.plan?.type === 'produce' && attempt.plan.isRefused;
    this.#writing++;
    clock.after(delayMs() + dice.between(0, 4), () => {
      this.#writing--;
      const flow = this.#to();
      if (isRefused) {
        const failure = failureOf({ kind: 'produce', mayRetry: false });
        watch?.refused?.(attempt, failure);
        flow.refuse(attempt.chunk, attempt.place, failure);
      } else {
        watch?.confirmed?.(attempt);
        flow.confirm(attempt.chunk, attempt.place);
      }
      flow.turn();
    });
  }

  #answer(id: number, recall: { threads: Set<number>; resolve: () => void }, thread: number): void {
    recall.threads.delete(thread);
    if (recall.threads.size > 0) return;
    this.#recalls.delete(id);
    recall.resolve();
  }

  #raise(seat: Seat): void {
    this.#changes++;
    this.#options.clock.after(this.#options.startMs(), () => {
      this.#changes--;
      seat.renew();
      seat.isAlive = true;
      this.#to().threadUp(seat.id);
    });
  }

  #seat(id: number): Seat {
    const { watch } = this.#options;
    const seat: Seat = new Seat(id, {
      ...this.#options,
      limit: this.#options.limits[id] as number,
      started: (attempt) => watch?.started?.(attempt),
      ended: (attempt) => {
        this.#measure(attempt);
        watch?.ended?.(attempt);
      },
      receive: (message) => this.#receive(seat, message),
      die: (death) => this.kill(id, death),
    });
    return seat;
  }

  #measure(attempt: Attempt): void {
    if (!attempt.plan) return;
    const durationMs = attempt.plan.afterMs;
    const mean = this.#means.get(attempt.index);
    this.#means.set(attempt.index, mean === undefined ? durationMs : mean * 0.9 + durationMs * 0.1);
  }

  #at(thread: number): Seat {
    return this.#seats[thread] as Seat;
  }

  #to(): Flow {
    assert(this.#flow, 'threads are started before they are used');
    return this.#flow;
  }
}

const asOrphan = ({ chunk, place, state, isOverdue }: Attempt): Orphan => ({
  chunk,
  place,
  state,
  isOverdue,
});

import type { Clock } from '../../src/contract/clock.ts';
import type { ThreadDeath } from '../../src/contract/signals.ts';
import { type AbortReason, RECORD } from '../../src/contract/thread.ts';
import { type Failure, VERDICT, type Verdict } from '../../src/contract/verdict.ts';
import type { Chunk, Run } from '../../src/flow/chunk.ts';
import type { Dice } from './dice.ts';

/** What the handler does with a record, decided when it starts. */
export type Plan = { readonly afterMs: number } & (
  | { readonly type: 'ack' | 'skip' }
  /** Handled with outputs, which the broker takes or refuses. */
  | { readonly type: 'produce'; readonly isRefused: boolean }
  | { readonly type: 'fail'; readonly failure: Failure }
  /** Takes its thread down. */
  | { readonly type: 'die'; readonly death: ThreadDeath }
  /** Outlives timeout and grace: its thread is replaced. */
  | { readonly type: 'hang' }
);

/** A record that was sent to a thread. */
export class Attempt {
  readonly chunk: Chunk;
  readonly place: number;
  readonly run: Run;
  readonly at: number;
  /** Its lane, told apart by partition; empty for a record without order. */
  readonly key: string;
  /** What the shared memory says: a state of RECORD. */
  state: number = RECORD.waiting;
  isOverdue = false;
  plan: Plan | null = null;
  cancel: () => void = () => {};

  constructor(chunk: Chunk, place: number, run: Run, at: number) {
    this.chunk = chunk;
    this.place = place;
    this.run = run;
    this.at = at;
    const lane = run.held.lane[at] as number;
    this.key = lane === 0 ? '' : `${run.owner.index}/${lane}`;
  }

  get index(): number {
    return this.run.owner.index;
  }
}

export interface Answer {
  readonly attempt: Attempt;
  readonly verdict: Verdict;
  readonly failure: Failure | null;
}

export type ToFakeThread =
  | { readonly type: 'chunk'; readonly attempts: readonly Attempt[] }
  | { readonly type: 'open'; readonly index: number; readonly lane: number }
  | { readonly type: 'recall'; readonly index: number; readonly id: number }
  | { readonly type: 'abort'; readonly index: number; readonly reason: AbortReason };

export type FromFakeThread =
  | { readonly type: 'reply'; readonly answers: readonly Answer[] }
  | { readonly type: 'opened'; readonly index: number; readonly lane: number }
  | { readonly type: 'recalled'; readonly id: number }
  | { readonly type: 'retiring' }
  | { readonly type: 'retired' };

export interface ThreadPorts {
  readonly clock: Clock;
  readonly dice: Dice;
  plan(attempt: Attempt): Plan;
  started(attempt: Attempt): void;
  ended(attempt: Attempt): void;
  post(message: FromFakeThread): void;
  die(death: ThreadDeath): void;
}

/**
 * A worker thread by the protocol of `contract/thread.ts`: records of one lane run one after another; a failure closes the
 * lane, and what is queued or arrives of it is given back until `open` comes; `recall` gives back what wasn't started;
 * with a record that outlived its timeout it takes nothing more, lets the others end and is replaced.
 */
export class FakeThread {
  readonly #limit: number;
  readonly #ports: ThreadPorts;
  #queue: Attempt[] = [];
  readonly #running = new Set<Attempt>();
  readonly #busy = new Set<string>();
  readonly #closed = new Set<string>();
  #answers: Answer[] = [];
  #isFlushSet = false;
  #isRetiring = false;
  #isGone = false;

  /** `limit`: records that run at the same time. */
  constructor(limit: number, ports: ThreadPorts) {
    this.#limit = limit;
    this.#ports = ports;
  }

  /** Whether it does nothing and won't by itself. */
  get isIdle(): boolean {
    if (this.#isRetiring) return false;
    return this.#queue.length === 0 && this.#running.size === 0 && this.#answers.length === 0;
  }

  receive(message: ToFakeThread): void {
    if (this.#isGone) return;
    switch (message.type) {
      case 'chunk':
        for (const attempt of message.attempts) {
          if (this.#isRetiring || this.#closed.has(attempt.key)) this.#giveBack(attempt);
          else this.#queue.push(attempt);
        }
        break;
      case 'open':
        this.#closed.delete(`${message.index}/${message.lane}`);
        this.#flush();
        this.#ports.post({ type: 'opened', index: message.index, lane: message.lane });
        break;
      case 'recall':
        this.#giveBackAll((attempt) => attempt.index === message.index);
        this.#flush();
        this.#ports.post({ type: 'recalled', id: message.id });
        break;
      case 'abort':
        for (const attempt of [...this.#running])
          if (attempt.index === message.index) this.#abort(attempt);
        break;
    }
    this.#start();
  }

  /** Ends the thread where it stands. */
  stop(): void {
    this.#isGone = true;
    for (const attempt of this.#running) {
      attempt.cancel();
      this.#ports.ended(attempt);
    }
    this.#running.clear();
    this.#queue = [];
    this.#answers = [];
  }

  #start(): void {
    for (let i = 0; i < this.#queue.length && this.#running.size < this.#limit; ) {
      const attempt = this.#queue[i] as Attempt;
      if (this.#busy.has(attempt.key)) {
        i++;
        continue;
      }
      this.#queue.splice(i, 1);
      if (attempt.key !== '') this.#busy.add(attempt.key);
      this.#running.add(attempt);
      attempt.state = RECORD.running;
      this.#ports.started(attempt);
      attempt.plan = this.#ports.plan(attempt);
      attempt.cancel = this.#ports.clock.after(attempt.plan.afterMs, () => this.#end(attempt));
    }
  }

  #end(attempt: Attempt): void {
    const plan = attempt.plan as Plan;
    switch (plan.type) {
      case 'ack':
      case 'skip':
        this.#finish(attempt, RECORD.done, VERDICT[plan.type], null);
        break;
      case 'produce':
        this.#finish(attempt, RECORD.told, VERDICT.ack, null);
        break;
      case 'fail':
        this.#finish(attempt, RECORD.told, VERDICT.fail, plan.failure);
        break;
      case 'die':
        this.#ports.die(plan.death);
        break;
      case 'hang':
        this.#retire(attempt);
        break;
    }
  }

  /** An overdue record may end after all, before its thread is replaced. */
  #retire(attempt: Attempt): void {
    const { clock, dice } = this.#ports;
    attempt.isOverdue = true;
    if (dice.chance(0.3)) {
      attempt.plan = { type: 'ack', afterMs: 0 };
      attempt.cancel = clock.after(dice.between(0, 60), () => this.#end(attempt));
    }
    if (this.#isRetiring) return;
    this.#isRetiring = true;
    this.#giveBackAll(() => true);
    this.#flush();
    this.#ports.post({ type: 'retiring' });
    this.#retireSoon(clock.now() + 30);
  }

  #retireSoon(untilMs: number): void {
    const { clock } = this.#ports;
    clock.after(1, () => {
      if (this.#isGone) return;
      const isOver = [...this.#running].every(({ isOverdue }) => isOverdue);
      if (isOver || clock.now() >= untilMs) this.#ports.post({ type: 'retired' });
      else this.#retireSoon(untilMs);
    });
  }

  #finish(attempt: Attempt, state: number, verdict: Verdict, failure: Failure | null): void {
    this.#running.delete(attempt);
    this.#busy.delete(attempt.key);
    attempt.state = state;
    this.#ports.ended(attempt);
    this.#answers.push({ attempt, verdict, failure });
    if (failure && attempt.key !== '') {
      this.#closed.add(attempt.key);
      this.#giveBackAll((queued) => queued.key === attempt.key);
    }
    this.#flushSoon();
    this.#start();
  }

  /** Some handlers heed their signal: cut short by a revocation, they count as not run. */
  #abort(attempt: Attempt): void {
    if (this.#ports.dice.chance(0.5)) return;
    attempt.cancel();
    attempt.plan = null;
    this.#finish(attempt, RECORD.told, VERDICT.notRun, null);
  }

  #giveBackAll(isMeant: (attempt: Attempt) => boolean): void {
    const stays: Attempt[] = [];
    for (const attempt of this.#queue) {
      if (isMeant(attempt)) this.#giveBack(attempt);
      else stays.push(attempt);
    }
    this.#queue = stays;
  }

  #giveBack(attempt: Attempt): void {
    attempt.state = RECORD.told;
    this.#answers.push({ attempt, verdict: VERDICT.notRun, failure: null });
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isFlushSet) return;
    this.#isFlushSet = true;
    this.#ports.clock.after(this.#ports.dice.between(0, 0.3), () => this.#flush());
  }

  #flush(): void {
    this.#isFlushSet = false;
    if (this.#isGone || this.#answers.length === 0) return;
    const answers = this.#answers;
    this.#answers = [];
    // Nothing is said about the order of verdicts within a reply.
    if (this.#ports.dice.chance(0.3)) this.#ports.dice.shuffle(answers);
    this.#ports.post({ type: 'reply', answers });
  }
}

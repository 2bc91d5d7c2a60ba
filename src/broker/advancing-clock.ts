import type { Clock } from '../contract/clock.ts';

/** A timer of the clock below, with the time at which it is due here. */
interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
  cancel: () => void;
}

/**
 * A clock that goes as another one does, and forward by leaps when it is told to: what would come to pass in that time does so at once, in its
 * order. So a test sees a session end without waiting for it, and nothing that waits for real time stands still.
 */
export class AdvancingClock implements Clock {
  readonly #base: Clock;
  readonly #timers = new Set<Timer>();
  #aheadMs = 0;

  constructor(base: Clock) {
    this.#base = base;
  }

  now(): number {
    return this.#base.now() + this.#aheadMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer: Timer = { dueMs: this.now() + Math.max(0, delayMs), run, cancel: () => {} };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => this.#forget(timer);
  }

  /**
   * Goes forward by `ms`. Whatever is due on the way has run when this returns, also what it set going itself; each at its own time. Throws
   * RangeError when that is not a number of ms from 0 on.
   */
  advance(ms: number): void {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`The clock can't be advanced by ${ms} ms; use a number from 0 on.`);
    }
    const untilMs = this.now() + ms;
    for (let next = this.#next(untilMs); next !== null; next = this.#next(untilMs)) {
      this.#leapTo(next.dueMs);
      this.#forget(next);
      next.run();
    }
    this.#leapTo(untilMs);
    for (const timer of this.#timers) this.#arm(timer);
  }

  #leapTo(ms: number): void {
    this.#aheadMs += Math.max(0, ms - this.now());
  }

  /** The first timer that is due until then; of several the one that was set first. */
  #next(untilMs: number): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.#timers) {
      if (timer.dueMs <= untilMs && (first === null || timer.dueMs < first.dueMs)) first = timer;
    }
    return first;
  }

  #arm(timer: Timer): void {
    timer.cancel();
    timer.cancel = this.#base.after(timer.dueMs - this.now(), () => {
      this.#timers.delete(timer);
      timer.run();
    });
  }

  #forget(timer: Timer): void {
    timer.cancel();
    this.#timers.delete(timer);
  }
}

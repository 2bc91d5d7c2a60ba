import type { Clock } from '../../src/contract/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  /** null when it was cancelled. */
  run: (() => void) | null;
}

/** A clock that stands still until it is told to go on. What is due at the same time runs in the order it was set. */
export class FakeClock implements Clock {
  #nowMs = 0;
  #order = 0;
  /** Latest first, so that the next one is at the end. */
  readonly #timers: Timer[] = [];

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const dueMs = this.#nowMs + Math.max(0, delayMs);
    const timer: Timer = { dueMs, order: this.#order++, run };
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#timers[middle] as Timer).dueMs > dueMs) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    return () => {
      timer.run = null;
    };
  }

  /** When the next timer is due; Infinity when there is none. */
  get nextMs(): number {
    while (this.#timers.length > 0 && this.#timers.at(-1)?.run === null) this.#timers.pop();
    return this.#timers.at(-1)?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** Goes on to the next timer and runs it; false when there is none. */
  step(): boolean {
    if (this.nextMs === Number.POSITIVE_INFINITY) return false;
    const timer = this.#timers.pop() as Timer;
    this.#nowMs = timer.dueMs;
    timer.run?.();
    return true;
  }

  /** Goes on by `ms`, running all that is due until then. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    while (this.nextMs <= untilMs) this.step();
    this.#nowMs = untilMs;
  }
}

import type { Clock } from '../contract/clock.ts';
import { lateStart, START_MS } from './seat.ts';

/** Threads that end what they have and come up again with other handlers, and who waits for that. */
export class Renewals {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with null once the thread is up again, or with the reason why it isn't. */
  start(id: number): Promise<Error | null> {
    return new Promise((resolve) => {
      this.#waiting.set(id, { resolve, isLate: false, cancelLate: () => {} });
    });
  }

  /** The new life begins to load; `onLate` is called when that takes more than a minute. */
  loads(id: number, onLate: () => void): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    waiting.cancelLate = this.#clock.after(START_MS, () => {
      waiting.isLate = true;
      onLate();
    });
  }

  up(id: number): void {
    this.#end(id, null);
  }

  /** The new life ended before it was up; false when nobody waits for it. */
  failed(id: number, cause: Error): boolean {
    return this.#end(id, this.#waiting.get(id)?.isLate ? lateStart() : cause);
  }

  /** The pool stops. */
  endAll(cause: Error): void {
    for (const id of [...this.#waiting.keys()]) this.#end(id, cause);
  }

  #end(id: number, failure: Error | null): boolean {
    const waiting = this.#waiting.get(id);
    if (!waiting) return false;
    this.#waiting.delete(id);
    waiting.cancelLate();
    waiting.resolve(failure);
    return true;
  }
}

interface Waiting {
  readonly resolve: (failure: Error | null) => void;
  isLate: boolean;
  cancelLate: () => void;
}

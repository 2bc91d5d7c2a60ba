import type { Running } from './runner.ts';

/**
 * The timeouts of the attempts that run. All have the same length, so they end in the order in which they started: one
 * timer for the first is enough. After `timeoutMs` the attempt's signal is aborted; `graceMs` later it is overdue.
 */
export class Deadlines {
  readonly #timeoutMs: number;
  readonly #graceMs: number;
  readonly #onOverdue: () => void;
  /** In the order of their start; over ones are removed now and then. */
  #list: Running[] = [];
  #live = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(timeoutMs: number, graceMs: number, onOverdue: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#graceMs = graceMs;
    this.#onOverdue = onOverdue;
  }

  add(running: Running): void {
    this.#list.push(running);
    this.#live++;
    if (!this.#timer) this.#wait(this.#timeoutMs);
  }

  /** An attempt has ended; its `isOver` is set. */
  over(): void {
    this.#live--;
    if (this.#list.length > 2 * this.#live + 64) this.#list = this.running();
  }

  running(): Running[] {
    return this.#list.filter((running) => !running.isOver);
  }

  overdue(): number[] {
    const startedMs = performance.now() - this.#timeoutMs - this.#graceMs;
    return this.running()
      .filter((running) => running.startedMs <= startedMs)
      .map((running) => running.token);
  }

  #wait(delayMs: number): void {
    const dueMs = performance.now() + delayMs;
    this.#timer = setTimeout(() => {
      // After a handler has blocked the thread, the others' finished reads and writes still wait to be told: they go first.
      if (performance.now() - dueMs > LATE_MS)
        setImmediate(() => setImmediate(() => this.#check()));
      else this.#check();
    }, delayMs);
  }

  #check(): void {
    this.#timer = null;
    this.#list = this.running();
    const nowMs = performance.now();
    let nextMs = Number.POSITIVE_INFINITY;
    let isOverdue = false;
    for (const { startedMs, attempt } of this.#list) {
      const ageMs = nowMs - startedMs;
      if (ageMs < this.#timeoutMs) {
        nextMs = Math.min(nextMs, this.#timeoutMs - ageMs);
        break;
      }
      attempt.abort('timeout');
      if (ageMs < this.#timeoutMs + this.#graceMs) {
        nextMs = Math.min(nextMs, this.#timeoutMs + this.#graceMs - ageMs);
      } else isOverdue = true;
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#wait(Math.max(1, Math.ceil(nextMs)));
    if (isOverdue) this.#onOverdue();
  }
}

/** A timer that is so late tells that the thread was blocked. */
const LATE_MS = 50;

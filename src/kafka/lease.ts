import type { Clock } from '../contract/clock.ts';

/**
 * How long this member may believe that the group still counts it in: the session timeout since the coordinator was last
 * heard, less a fifth. Past that nothing is dispatched or committed any more, for the partitions may be somebody else's.
 */
export class Lease {
  readonly #clock: Clock;
  readonly #lengthMs: number;
  readonly #onOver: () => void;
  #renewedMs: number | null = null;
  #cancel: () => void = () => {};

  constructor(clock: Clock, sessionTimeoutMs: number, onOver: () => void) {
    this.#clock = clock;
    this.#lengthMs = sessionTimeoutMs * 0.8;
    this.#onOver = onOver;
  }

  /** The coordinator has answered. What is read when the lease is over may have been sent before the process was halted: it is too late. */
  renew(): void {
    if (this.isOver) return;
    const isFirst = this.#renewedMs === null;
    this.#renewedMs = this.#clock.now();
    if (isFirst) this.#watch(this.#lengthMs);
  }

  /** Also after the process was halted and before any timer of it could run. */
  get isOver(): boolean {
    return this.#renewedMs !== null && this.#clock.now() - this.#renewedMs >= this.#lengthMs;
  }

  end(): void {
    this.#renewedMs = null;
    this.#cancel();
  }

  #watch(delayMs: number): void {
    this.#cancel = this.#clock.after(delayMs, () => {
      if (this.#renewedMs === null) return;
      const leftMs = this.#renewedMs + this.#lengthMs - this.#clock.now();
      if (leftMs > 0) {
        this.#watch(leftMs);
        return;
      }
      this.#renewedMs = null;
      this.#onOver();
    });
  }
}

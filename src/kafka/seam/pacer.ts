import type { Clock } from '../../contract/clock.ts';

/**
 * Stands in for the fetch of kafkajs's consumer loop. The records are fetched elsewhere; the loop is only kept for what it
 * does after each empty fetch: a heartbeat when one is due, and the way back into the group.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #roundMs: number;
  readonly #waiting = new Set<() => void>();
  #demand: Error | null = null;
  #isStopped = false;

  /** `roundMs`: how long a round lasts when nothing happens; the pause between two looks at the heartbeat. */
  constructor(clock: Clock, roundMs: number) {
    this.#clock = clock;
    this.#roundMs = roundMs;
  }

  /** One round. Throws the error that is demanded. */
  async round(): Promise<void> {
    this.check();
    if (!this.#isStopped) await this.#pause();
    this.check();
  }

  /** Throws the error that is demanded. */
  check(): void {
    if (this.#demand && !this.#isStopped) throw this.#demand;
  }

  /**
   * Lets the rounds throw: an error of the group protocol makes the loop join again. Each of them, until that is `met`: what a round
   * throws while the loop of another broker has just failed is heard by nobody.
   */
  demand(error: Error): void {
    this.#demand = error;
    this.#wake();
  }

  /** The loop does what was demanded. */
  met(): void {
    this.#demand = null;
  }

  /** Ends the running rounds, and makes each later one short: the loop is about to end. */
  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#waiting.delete(end);
        resolve();
      };
      const cancel = this.#clock.after(this.#roundMs, end);
      this.#waiting.add(end);
    });
  }

  #wake(): void {
    for (const end of this.#waiting) end();
  }
}

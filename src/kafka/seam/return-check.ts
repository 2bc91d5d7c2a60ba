import type { Clock } from '../../contract/clock.ts';

export interface ReturnCheckOptions {
  readonly clock: Clock;
  /** From the return to the look. */
  readonly delayMs: number;
  /** Whether the group has left something to nobody. */
  readonly look: () => Promise<boolean>;
  readonly onFound: () => void;
}

/**
 * A static member that comes back gets what it had, from a group that deals nothing anew. What has changed while it was away, more
 * partitions say, would be nobody's until the next rebalance: nobody else sees that, if it was alone or leads. So it looks once,
 * after a while, unless the group has dealt anew by then; and again when there was no answer.
 */
export class ReturnCheck {
  readonly #options: ReturnCheckOptions;
  #cancel: () => void = () => {};
  /** Counts starts and cancels: a look that ends after another one says nothing. */
  #turn = 0;

  constructor(options: ReturnCheckOptions) {
    this.#options = options;
  }

  start(): void {
    this.cancel();
    const turn = this.#turn;
    this.#cancel = this.#options.clock.after(this.#options.delayMs, () => void this.#look(turn));
  }

  cancel(): void {
    this.#turn++;
    this.#cancel();
  }

  async #look(turn: number): Promise<void> {
    const found = await this.#options.look().catch(() => null);
    if (turn !== this.#turn) return;
    if (found === null) this.start();
    else if (found) this.#options.onFound();
  }
}

/** What is to be said at which order. */
export interface StopListener {
  onFirst(why: string): void;
  onSecond(why: string): void;
  /** An error that nobody caught. */
  onBug(cause: unknown): void;
}

/**
 * The order to stop: by SIGTERM or SIGINT, by the end of the work, or by an error that can't be mended. The first one starts the
 * drain; a second signal ends the wait for it.
 */
export class StopOrder {
  readonly given: Promise<void>;
  readonly again: Promise<'again'>;
  #resolve: () => void = () => {};
  #resolveAgain: () => void = () => {};
  #isGiven = false;
  #listener: StopListener | null = null;

  constructor() {
    this.given = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.again = new Promise((resolve) => {
      this.#resolveAgain = () => resolve('again');
    });
  }

  get isGiven(): boolean {
    return this.#isGiven;
  }

  /** Listens to the process from now on. */
  listen(listener: StopListener): void {
    this.#listener = listener;
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => this.insist(signal));
    const bug = (cause: unknown): void => {
      listener.onBug(cause);
      this.#resolveAgain();
    };
    process.on('uncaughtException', bug);
    process.on('unhandledRejection', bug);
  }

  give(why: string): void {
    if (this.#isGiven) return;
    this.#isGiven = true;
    this.#listener?.onFirst(why);
    this.#resolve();
  }

  /** Gives the order; when it was given before, ends the wait for the drain. */
  insist(why: string): void {
    if (!this.#isGiven) {
      this.give(why);
      return;
    }
    this.#listener?.onSecond(why);
    this.#resolveAgain();
  }
}

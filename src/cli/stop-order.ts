/** What is to be said at which order. */
export interface StopListener {
  onFirst(why: string): void;
  onSecond(why: string): void;
  /** An error that nobody caught. */
  onBug(cause: unknown): void;
}

/**
 * The order to stop: by SIGTERM, SIGINT or SIGHUP, by the end of the work, or by an error that can't be mended. The first one starts the
 * drain; a second signal ends the wait for it.
 */
export class StopOrder {
  readonly given: Promise<void>;
  readonly again: Promise<'again'>;
  #resolve: () => void = () => {};
  #resolveAgain: () => void = () => {};
  /** When the order was given; null before that. */
  #givenMs: number | null = null;
  readonly #isTerminal: boolean;
  #listener: StopListener | null = null;

  /** `isTerminal`: whether somebody sits at the terminal that this process reads from. */
  constructor(isTerminal: boolean = process.stdin.isTTY === true) {
    this.#isTerminal = isTerminal;
    this.given = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.again = new Promise((resolve) => {
      this.#resolveAgain = () => resolve('again');
    });
  }

  get isGiven(): boolean {
    return this.#givenMs !== null;
  }

  /** Listens to the process from now on. */
  listen(listener: StopListener): void {
    this.#listener = listener;
    for (const signal of SIGNALS) process.on(signal, () => this.#signalled(signal));
    const bug = (cause: unknown): void => {
      listener.onBug(cause);
      this.#resolveAgain();
    };
    process.on('uncaughtException', bug);
    process.on('unhandledRejection', bug);
  }

  #signalled(signal: NodeJS.Signals): void {
    if (!this.#isEcho(signal)) this.insist(signal);
  }

  /**
   * On ctrl-C a terminal signals its whole process group, and npm passes what it got on to its child once more: both are one
   * order.
   */
  #isEcho(signal: NodeJS.Signals): boolean {
    const isSoon = this.#givenMs !== null && performance.now() - this.#givenMs < ECHO_MS;
    return this.#isTerminal && signal === 'SIGINT' && isSoon;
  }

  give(why: string): void {
    if (this.isGiven) return;
    this.#givenMs = performance.now();
    this.#listener?.onFirst(why);
    this.#resolve();
  }

  /** Gives the order; when it was given before, ends the wait for the drain. */
  insist(why: string): void {
    if (!this.isGiven) {
      this.give(why);
      return;
    }
    this.#listener?.onSecond(why);
    this.#resolveAgain();
  }
}

/** What a terminal, a service manager and a container runtime send; SIGHUP comes when a terminal is closed. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** Nobody presses ctrl-C twice within this time, in ms. */
const ECHO_MS = 100;

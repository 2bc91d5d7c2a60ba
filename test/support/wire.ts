import type { Clock } from '../../src/contract/clock.ts';

/** One direction of a message port: messages keep their order, each takes the time that `delayMs` gives. */
export class Wire<Message> {
  readonly #clock: Clock;
  readonly #delayMs: () => number;
  readonly #receive: (message: Message) => void;
  readonly #queue: Message[] = [];

  constructor(clock: Clock, delayMs: () => number, receive: (message: Message) => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#receive = receive;
  }

  /** Messages under way. */
  get size(): number {
    return this.#queue.length;
  }

  post(message: Message): void {
    this.#queue.push(message);
    // A timer delivers the oldest message, whichever that is, so that a short delay overtakes nothing.
    this.#clock.after(this.#delayMs(), () => this.#deliver());
  }

  /** The other end is gone: of what is under way the first `kept` still arrive. */
  cut(kept: number): void {
    this.#queue.length = Math.min(kept, this.#queue.length);
  }

  /** Delivers at once what is under way. */
  rush(): void {
    while (this.#queue.length > 0) this.#deliver();
  }

  #deliver(): void {
    const message = this.#queue.shift();
    if (message !== undefined) this.#receive(message);
  }
}

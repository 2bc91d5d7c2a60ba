import type { Clock } from '../../contract/clock.ts';

/** The sessions of a group's members: each ends, with a call of `onEnd`, unless it is renewed in time. */
export class Sessions {
  readonly #clock: Clock;
  readonly #onEnd: (memberId: string) => void;
  readonly #cancels = new Map<string, () => void>();

  constructor(clock: Clock, onEnd: (memberId: string) => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  /** Begins a session, or begins it anew. */
  renew(memberId: string, timeoutMs: number): void {
    this.cancel(memberId);
    const cancel = this.#clock.after(timeoutMs, () => this.end(memberId));
    this.#cancels.set(memberId, cancel);
  }

  /** Ends it now. */
  end(memberId: string): void {
    this.cancel(memberId);
    this.#onEnd(memberId);
  }

  /** Forgets it; nobody is told. */
  cancel(memberId: string): void {
    this.#cancels.get(memberId)?.();
    this.#cancels.delete(memberId);
  }

  cancelAll(): void {
    for (const memberId of [...this.#cancels.keys()]) this.cancel(memberId);
  }
}

import type { Clock } from '../../src/contract/clock.ts';
import type { FakeClock } from '../support/clock.ts';

/**
 * The clock of one simulated process, on the timeline of the whole simulation. A process that is frozen (SIGSTOP) misses its
 * timers and runs them, late and in order, when it is thawed (SIGCONT); one that is killed runs none any more.
 */
export class ProcessClock implements Clock {
  readonly #timeline: FakeClock;
  #state: 'running' | 'frozen' | 'dead' = 'running';
  #missed: { run: (() => void) | null }[] = [];

  constructor(timeline: FakeClock) {
    this.#timeline = timeline;
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get isFrozen(): boolean {
    return this.#state === 'frozen';
  }

  now(): number {
    return this.#timeline.now();
  }

  after(delayMs: number, run: () => void): () => void {
    const timer: { run: (() => void) | null } = { run };
    const cancel = this.#timeline.after(delayMs, () => this.#due(timer));
    return () => {
      timer.run = null;
      cancel();
    };
  }

  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen';
  }

  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'running';
    const missed = this.#missed;
    this.#missed = [];
    // Each is an event of its own, as on a real loop.
    for (const timer of missed) this.#timeline.after(0, () => this.#due(timer));
  }

  kill(): void {
    this.#state = 'dead';
    this.#missed = [];
  }

  #due(timer: { run: (() => void) | null }): void {
    if (this.#state === 'running') timer.run?.();
    else if (this.#state === 'frozen') this.#missed.push(timer);
  }
}

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Clock, systemClock } from '../contract/clock.ts';

/** Delay of the main thread's event loop, in seconds. */
export interface LoopDelay {
  /** Of the recent past: a share (0 to 1) of the measurements, and the delay that it stays below. Empty before the first one. */
  readonly quantiles: readonly (readonly [share: number, seconds: number])[];
  /** Of all measurements since the start. */
  readonly sum: number;
  readonly count: number;
}

/**
 * Measures how late timers of the main thread come. Node's histogram only grows, so that the start of the process would
 * stay in its quantiles for ever: a reading that comes half a minute after the last one begins a new window. What is
 * told is the worse of this window and the one before, so that a short stall is seen by every scraper.
 */
export class LoopDelayMonitor {
  readonly #clock: Clock;
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #begunMs: number;
  #before: readonly number[] | null = null;
  #ended = { sum: 0, count: 0 };

  /** Begins to measure; the timer is Node's own and keeps no process alive. */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#begunMs = clock.now();
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
  }

  read(): LoopDelay {
    const now = this.#window();
    const before = this.#before;
    const total = { sum: this.#ended.sum + now.sum, count: this.#ended.count + now.count };
    const worst = now.delays.map((delay, i) => Math.max(delay, before?.[i] ?? 0));
    const delays = now.count > 0 ? worst : (before ?? []);
    if (now.count > 0 && this.#clock.now() - this.#begunMs >= WINDOW_MS) {
      this.#begunMs = this.#clock.now();
      this.#before = now.delays;
      this.#ended = total;
      this.#histogram.reset();
    }
    return { ...total, quantiles: delays.map((delay, i) => [SHARES[i] as number, delay]) };
  }

  #window(): { sum: number; count: number; delays: readonly number[] } {
    const { count, mean } = this.#histogram;
    if (count === 0) return { sum: 0, count, delays: [] };
    const delays = SHARES.map((share) => beyond(this.#histogram.percentile(share * 100)));
    return { sum: beyond(mean) * count, count, delays };
  }
}

/** The histogram holds the time from one timer to the next, in ns: the delay is what goes beyond the interval. */
const beyond = (ns: number): number => Math.max(0, ns / 1e9 - RESOLUTION_MS / 1000);

const SHARES: readonly number[] = [0.5, 0.9, 0.99, 1];
const RESOLUTION_MS = 20;
const WINDOW_MS = 30_000;

/** Time as the engine sees it. Injected, so that tests and the simulation own it. */
export interface Clock {
  /** Milliseconds on a monotonic scale; only differences mean something. */
  now(): number;
  /** Calls `run` once after `delayMs`; the result cancels it. Never keeps the process alive. */
  after(delayMs: number, run: () => void): () => void;
}

/** The machine's own monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(delayMs, 2 ** 31 - 1));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

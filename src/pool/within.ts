import type { Clock } from '../contract/clock.ts';

/** Waits for `work`, but not longer than `ms`. The work goes on; it must not reject. */
export function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    void work.then(() => {
      cancel();
      resolve();
    });
  });
}

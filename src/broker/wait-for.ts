import type { Clock } from '../contract/clock.ts';
import type { Bell } from './bell.ts';

/** How long something waits, and for what. */
export interface Wait {
  readonly clock: Clock;
  /** ms; at 0 or below nothing is waited for. */
  readonly timeoutMs: number;
  /** The condition is looked at again when one of these rings; that of the connection among them. */
  readonly bells: readonly Bell[];
  isOver(): boolean;
}

/** Resolves when the condition holds, or when the time is over. */
export function waitFor({ clock, timeoutMs, bells, isOver }: Wait): Promise<void> {
  if (timeoutMs <= 0 || isOver()) return Promise.resolve();
  return new Promise((resolve) => {
    const endings: (() => void)[] = [];
    const end = (): void => {
      for (const ending of endings) ending();
      resolve();
    };
    const look = (): void => {
      if (isOver()) end();
    };
    endings.push(clock.after(timeoutMs, end));
    for (const bell of bells) endings.push(bell.listen(look));
  });
}

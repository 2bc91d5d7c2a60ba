import type { Clock } from '../contract/clock.ts';
import type { LogLine } from './log-line.ts';

/**
 * Folds repeats: of equal lines within ten seconds the first few are passed on, the rest become one line with their
 * number. A dependency that is down may fail a hundred thousand records a second, for one and the same reason.
 */
export class Fold {
  readonly #clock: Clock;
  readonly #pass: (line: LogLine) => void;
  readonly #open = new Map<string, Repeats>();

  /** `pass` gets what is to be written. */
  constructor(clock: Clock, pass: (line: LogLine) => void) {
    this.#clock = clock;
    this.#pass = pass;
  }

  take(line: LogLine): void {
    if (line.fold === null) {
      this.#pass(line);
      return;
    }
    const repeats = this.#repeatsOf(line.fold, line);
    repeats.count++;
    repeats.last = line;
    if (repeats.count <= PASSED) this.#pass(line);
  }

  /** Writes what has been counted and forgets it. */
  flush(): void {
    for (const [key, repeats] of this.#open) this.#end(key, repeats);
  }

  /** Texts that all differ are told apart only up to a number of them. */
  #repeatsOf({ key, broadKey }: NonNullable<LogLine['fold']>, first: LogLine): Repeats {
    const isKnown = this.#open.has(key) || this.#open.size < KEYS_MAX;
    const used = isKnown ? key : broadKey;
    const known = this.#open.get(used);
    if (known) return known;
    const cancel = this.#clock.after(WINDOW_MS, () => this.#end(used, repeats));
    const repeats: Repeats = { count: 0, last: first, cancel };
    this.#open.set(used, repeats);
    return repeats;
  }

  #end(key: string, { count, last, cancel }: Repeats): void {
    cancel();
    this.#open.delete(key);
    const folded = count - PASSED;
    if (folded <= 0) return;
    const message = `${last.message} (${folded} more like this within ${WINDOW_MS / 1000} s)`;
    this.#pass({ ...last, message, fields: { ...last.fields, repeats: folded } });
  }
}

interface Repeats {
  count: number;
  last: LogLine;
  readonly cancel: () => void;
}

const WINDOW_MS = 10_000;
/** Equal lines that are written before folding begins. */
const PASSED = 5;
/** Lines that are told apart at a time. */
const KEYS_MAX = 1000;

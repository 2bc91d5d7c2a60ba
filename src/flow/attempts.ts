/** Attempts that failed, of records of a partition that are open, by sequence number. */
export class Attempts {
  readonly #failed = new Map<number, { attempts: number; strikes: number }>();

  /** Number of the next attempt at a record, from 1. */
  next(seq: number): number {
    return 1 + (this.#failed.size > 0 ? (this.#failed.get(seq)?.attempts ?? 0) : 0);
  }

  /** Counts a failed attempt, and whether it killed its thread while alone; returns the counts with it. */
  charge(seq: number, isStrike: boolean): { attempts: number; strikes: number } {
    const before = this.#failed.get(seq) ?? { attempts: 0, strikes: 0 };
    const after = { attempts: before.attempts + 1, strikes: before.strikes + (isStrike ? 1 : 0) };
    this.#failed.set(seq, after);
    return after;
  }

  /** `count` records from `seq` on are settled. */
  forget(seq: number, count: number): void {
    if (this.#failed.size === 0) return;
    for (let each = seq; each < seq + count; each++) this.#failed.delete(each);
  }

  clear(): void {
    this.#failed.clear();
  }
}

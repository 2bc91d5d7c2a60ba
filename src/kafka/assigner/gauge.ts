/**
 * How full the members of a cohort are, as far as sharing between cohorts needs it: the fewest partitions that a
 * member has, and the most that one has who may give some away. Two rules of how a cohort spreads among its own.
 */
export interface Gauge {
  /** Partitions of the least loaded member. */
  readonly low: number;
  /** Partitions of the most loaded member that has one to give away; 0 when none has. */
  readonly high: number;
  /** One partition more for the least loaded, or one less for the most loaded. */
  add(): void;
  remove(): void;
}

/**
 * Everybody keeps what is held and only the free partitions are spread: water poured over a floor of unequal steps.
 *
 *        █         held: █, poured: ~
 *    ~ ~ █ ~       4 members hold 0 1 3 0, 5 are poured: low 2, high 2
 *    ~ █ █ ~
 */
export class Poured implements Gauge {
  readonly #floor: Int32Array;
  /** Members whose floor is at or below the water. */
  #wet = 0;
  #level: number;
  /** Of the wet ones, how many stand one above the level: the topmost layer, not yet complete. */
  #above = 0;
  #poured = 0;

  /** What each member holds, in any order; at least one member. */
  constructor(held: readonly number[]) {
    this.#floor = Int32Array.from(held).sort();
    this.#level = this.#floor[0] ?? 0;
    this.#wetten();
  }

  get low(): number {
    return this.#level;
  }

  get high(): number {
    if (this.#poured === 0) return 0;
    return this.#above > 0 ? this.#level + 1 : this.#level;
  }

  add(): void {
    this.#poured += 1;
    this.#above += 1;
    if (this.#above < this.#wet) return;
    this.#level += 1;
    this.#above = 0;
    this.#wetten();
  }

  remove(): void {
    this.#poured -= 1;
    if (this.#above === 0) {
      this.#level -= 1;
      while ((this.#floor[this.#wet - 1] ?? 0) > this.#level) this.#wet -= 1;
      this.#above = this.#wet;
    }
    this.#above -= 1;
  }

  #wetten(): void {
    while ((this.#floor[this.#wet] ?? Number.POSITIVE_INFINITY) <= this.#level) this.#wet += 1;
  }
}

/** Everything may move: the sum is split evenly. */
export class Even implements Gauge {
  #sum: number;
  readonly #members: number;

  constructor(sum: number, members: number) {
    this.#sum = sum;
    this.#members = members;
  }

  get low(): number {
    return Math.floor(this.#sum / this.#members);
  }

  get high(): number {
    return Math.ceil(this.#sum / this.#members);
  }

  add(): void {
    this.#sum += 1;
  }

  remove(): void {
    this.#sum -= 1;
  }
}

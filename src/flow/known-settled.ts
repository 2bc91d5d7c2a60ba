import type { OffsetRange } from '../contract/offset-range.ts';
import type { Held } from './backlog.ts';

/** What was settled before an epoch began, and is settled again as its records come in. */
export class KnownSettled {
  /** Ranges of offsets, counted from the origin of the epoch, in order. */
  readonly #ranges: readonly (readonly [from: number, to: number])[];
  /** One past the highest sequence number that was settled like that. */
  end = 0;
  /** First range that may have records still to come. */
  #at = 0;

  readonly #origin: bigint;

  /** `settled` is in order and not below the origin. */
  constructor(settled: readonly OffsetRange[], origin: bigint) {
    this.#origin = origin;
    this.#ranges = settled.map(([from, to]) => [Number(from - origin), Number(to - origin)]);
  }

  /** What of it is at or above an offset, in order: records that have not come in are still settled. */
  from(position: bigint): OffsetRange[] {
    const low = Number(position - this.#origin);
    return this.#ranges
      .slice(this.#at)
      .filter(([, to]) => to > low)
      .map(([from, to]) => [this.#origin + BigInt(Math.max(from, low)), this.#origin + BigInt(to)]);
  }

  /** Calls `settle` for each run of records of a new block that are settled. Blocks have to come in order. */
  meet({ block, shift, firstSeq }: Held, settle: (at: number, count: number) => void): void {
    if (this.#at === this.#ranges.length) return;
    let begun = -1;
    const end = (at: number): void => {
      settle(begun, at - begun);
      this.end = firstSeq + at;
      begun = -1;
    };
    for (let i = 0; i < block.count; i++) {
      const offset = (block.offset[i] as number) + shift;
      let range = this.#ranges[this.#at];
      while (range !== undefined && offset >= range[1]) range = this.#ranges[++this.#at];
      const isSettled = range !== undefined && offset >= range[0];
      if (isSettled && begun < 0) begun = i;
      else if (!isSettled && begun >= 0) end(i);
    }
    if (begun >= 0) end(block.count);
  }
}

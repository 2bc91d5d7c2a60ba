import {
  DURATION_BUCKETS,
  histogramAt,
  MEAN_CELLS,
  type ThreadMemory,
} from '../src/contract/thread.ts';

/** How long handlers take: a mean per partition, by which the main thread doses the work, and a histogram. */
export class Durations {
  readonly #mean: Float64Array;
  readonly #histogram: Float64Array;
  readonly #at: number;

  constructor(memory: ThreadMemory, pipeline: number) {
    this.#mean = memory.mean;
    this.#histogram = memory.durations;
    this.#at = histogramAt(pipeline);
  }

  /** Counts a handler that ran from `startedMs` to `endedMs`, on the clock of `performance.now()`. */
  add(partition: number, startedMs: number, endedMs: number): void {
    const ms = endedMs - startedMs;
    const cell = partition % MEAN_CELLS;
    const mean = this.#mean[cell] as number;
    this.#mean[cell] = mean === 0 ? Math.max(ms, 1e-6) : mean + (ms - mean) * WEIGHT;
    const seconds = ms / 1000;
    this.#histogram[this.#at] = (this.#histogram[this.#at] as number) + seconds;
    let bucket = 0;
    while (bucket < DURATION_BUCKETS.length && seconds > (DURATION_BUCKETS[bucket] as number)) {
      bucket++;
    }
    const count = this.#at + 1 + bucket;
    this.#histogram[count] = (this.#histogram[count] as number) + 1;
  }
}

/** Weight of the newest duration in the mean. */
const WEIGHT = 0.1;

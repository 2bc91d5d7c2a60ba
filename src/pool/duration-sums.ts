import { HISTOGRAM_CELLS, histogramAt, type ThreadMemory } from '../contract/thread.ts';

/** Handler durations by pipeline over all threads, those that are gone included; layout as in ThreadMemory. */
export class DurationSums {
  /** By pipeline: what threads that are gone had measured. */
  readonly #ended: Float64Array[] = [];

  /** Keeps what a thread of `pipelines` handlers has measured, at its end. */
  keep(memory: ThreadMemory, pipelines: number): void {
    for (let pipeline = 0; pipeline < pipelines; pipeline++) {
      const sum = this.#ended[pipeline] ?? new Float64Array(HISTOGRAM_CELLS);
      add(sum, memory, pipeline);
      this.#ended[pipeline] = sum;
    }
  }

  /** The sum with what these threads have measured so far. */
  of(pipeline: number, threads: Iterable<ThreadMemory>): Float64Array {
    const sum = Float64Array.from(this.#ended[pipeline] ?? new Float64Array(HISTOGRAM_CELLS));
    for (const memory of threads) add(sum, memory, pipeline);
    return sum;
  }
}

function add(sum: Float64Array, { durations }: ThreadMemory, pipeline: number): void {
  const at = histogramAt(pipeline);
  for (const i of sum.keys()) sum[i] = (sum[i] as number) + (durations[at + i] as number);
}

import type { Partition } from './partition.ts';

/** Closed partitions of which records still run. Their next epoch, here, waits for the end of the old run. */
export class Leaving {
  readonly #waiting = new Map<Partition, (() => void)[]>();
  readonly #onFree: (partition: Partition) => void;

  /** `onFree`: no record of the partition runs any more. */
  constructor(onFree: (partition: Partition) => void) {
    this.#onFree = onFree;
  }

  add(partition: Partition): void {
    this.#waiting.set(partition, []);
    this.check();
  }

  /** Resolves when no record of an earlier epoch of the partition is running. */
  async whenFree(topic: string, partition: number): Promise<void> {
    const waits: Promise<void>[] = [];
    for (const [old, waiting] of this.#waiting) {
      if (old.topic !== topic || old.partition !== partition) continue;
      waits.push(new Promise((resolve) => waiting.push(resolve)));
    }
    await Promise.all(waits);
  }

  /** To be called after records came back. */
  check(): void {
    for (const [partition, waiting] of this.#waiting) {
      if (partition.inFlight > 0) continue;
      this.#waiting.delete(partition);
      this.#onFree(partition);
      for (const resolve of waiting) resolve();
    }
  }
}

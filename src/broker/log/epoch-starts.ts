interface Start {
  readonly epoch: number;
  readonly offset: bigint;
}

/** The leader epochs of a log, and the offset at which each began. Source: Kafka 4.1, LeaderEpochFileCache. */
export class EpochStarts {
  readonly #starts: Start[] = [];

  /** An epoch began with the offset; one that is not newer than the last is not noted. */
  begin(epoch: number, offset: bigint): void {
    const last = this.#starts.at(-1);
    if (last === undefined || epoch > last.epoch) this.#starts.push({ epoch, offset });
  }

  /** Forgets the epochs that have no record below the offset. */
  truncate(offset: bigint): void {
    while ((this.#starts.at(-1)?.offset ?? -1n) >= offset) this.#starts.pop();
  }

  /** The epoch in which the offset was written; -1 when there is none. */
  at(offset: bigint): number {
    return this.#starts.findLast((start) => start.offset <= offset)?.epoch ?? -1;
  }

  /**
   * The largest epoch up to the asked one that has records, and the offset at which it ended: the start of the next, or for
   * the newest `logEnd`. null when the log knows of no such epoch.
   */
  endOf(epoch: number, currentEpoch: number, logEnd: bigint): Start | null {
    if (epoch < 0 || epoch > currentEpoch) return null;
    if (epoch === currentEpoch) return { epoch, offset: logEnd };
    const next = this.#starts.find((start) => start.epoch > epoch);
    const own = this.#starts.findLast((start) => start.epoch <= epoch);
    if (next === undefined) return own === undefined ? null : { epoch: own.epoch, offset: logEnd };
    return { epoch: own?.epoch ?? epoch, offset: next.offset };
  }
}

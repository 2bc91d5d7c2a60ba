/** Why duplicates and overlaps of what a process had are no bug. */
export type Taint =
  | 'killed'
  | 'frozen'
  | 'evicted'
  /** A request of the process was lost, late or refused. */
  | 'network'
  /** Something was still open when the time of its drain was over. */
  | 'deadline'
  /** A record that failed waits for longer than the drain, or for ever: what is done above it can't be committed. */
  | 'failed';

/** The time from which the group gives a partition to a process until it gives it to another, as the brokers see it. */
export class Tenure {
  readonly process: number;
  readonly partition: number;
  /** The one of the same process before, when that may not be over yet: what still runs is taken for this one's. */
  readonly #before: Tenure | null;
  /** When the group took it away, or the process was told to stop; null while neither has happened. */
  endingMs: number | null = null;
  #taint: Taint | null = null;

  constructor(process: number, partition: number, before: Tenure | null) {
    this.process = process;
    this.partition = partition;
    this.#before = before;
  }

  /** What explains that records of it run again; null when nothing does. */
  get taint(): Taint | null {
    return this.#taint ?? this.#before?.taint ?? null;
  }

  explain(taint: Taint): void {
    this.#taint ??= taint;
  }
}

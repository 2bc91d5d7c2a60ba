/** A request that came in. */
export interface RequestEntry {
  readonly node: number;
  readonly connection: number;
  readonly clientId: string | null;
  readonly api: string;
  readonly version: number;
  readonly correlationId: number;
  /** When it came in, on the cluster's clock. */
  readonly atMs: number;
  /** Error codes of its answer other than 0; null while there is no answer, or when none is sent. */
  errors: readonly number[] | null;
}

/** How many requests are remembered. */
const CAPACITY = 10_000;

/** The last requests of a cluster, in the order in which they came in. */
export class RequestLog {
  #entries: RequestEntry[] = [];

  add(entry: RequestEntry): void {
    this.#entries.push(entry);
    // In halves, since dropping one at a time moves all the others.
    if (this.#entries.length > 2 * CAPACITY) this.#entries = this.#entries.slice(-CAPACITY);
  }

  /** At most the last 10,000. */
  entries(): readonly RequestEntry[] {
    return this.#entries.slice(-CAPACITY);
  }

  clear(): void {
    this.#entries = [];
  }
}

/**
 * Threads that a pipeline has for itself, to run a record alone that may kill its thread: the others of the pool keep off
 * meanwhile. One pipeline a thread.
 */
export class Claims {
  readonly #owners = new Map<number, number>();
  /** Tells all pipelines but one that a thread is claimed, or no longer is. */
  readonly #tell: (thread: number, owner: number, isClaimed: boolean) => void;

  constructor(tell: (thread: number, owner: number, isClaimed: boolean) => void) {
    this.#tell = tell;
  }

  /** False when the thread is another's. */
  claim(thread: number, pipeline: number): boolean {
    const owner = this.#owners.get(thread);
    if (owner !== undefined) return owner === pipeline;
    this.#owners.set(thread, pipeline);
    this.#tell(thread, pipeline, true);
    return true;
  }

  unclaim(thread: number, pipeline: number): void {
    if (this.#owners.get(thread) !== pipeline) return;
    this.#owners.delete(thread);
    this.#tell(thread, pipeline, false);
  }

  /** The pipeline that has the thread for itself. */
  ownerOf(thread: number): number | undefined {
    return this.#owners.get(thread);
  }
}

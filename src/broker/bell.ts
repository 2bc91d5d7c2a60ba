/** Calls those who listen when something has changed that they wait for. */
export class Bell {
  readonly #listeners = new Set<() => void>();

  ring(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** The result ends it. */
  listen(listener: () => void): () => void {
    // A set of its own for each call, should one listen twice.
    const own = (): void => listener();
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }
}

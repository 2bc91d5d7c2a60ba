/** Recalls that are under way: each is over when every thread that was asked has answered, or is gone. */
export class Recalls {
  readonly #open = new Map<number, { threads: Set<number>; resolve: () => void }>();
  #next = 0;

  /** Starts a recall that `threads` have to answer. */
  start(threads: readonly number[]): { readonly id: number; readonly done: Promise<void> } {
    const id = this.#next++;
    if (threads.length === 0) return { id, done: Promise.resolve() };
    const done = new Promise<void>((resolve) => {
      this.#open.set(id, { threads: new Set(threads), resolve });
    });
    return { id, done };
  }

  answer(id: number, thread: number): void {
    const recall = this.#open.get(id);
    if (!recall?.threads.delete(thread) || recall.threads.size > 0) return;
    this.#open.delete(id);
    recall.resolve();
  }

  /** The thread is gone and answers nothing any more. */
  answerAll(thread: number): void {
    for (const id of [...this.#open.keys()]) this.answer(id, thread);
  }
}

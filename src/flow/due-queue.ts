/** Things that are due at a time, earliest first: a binary heap. */
export class DueQueue<T> {
  readonly #items: { dueMs: number; item: T }[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** When the earliest is due; Infinity when there is none. */
  get nextMs(): number {
    return this.#items[0]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  add(dueMs: number, item: T): void {
    const heap = this.#items;
    let at = heap.length;
    const entry = { dueMs, item };
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as { dueMs: number; item: T };
      if (above.dueMs <= dueMs) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes the earliest if it is due at `nowMs`. */
  take(nowMs: number): T | undefined {
    const heap = this.#items;
    const first = heap[0];
    if (!first || first.dueMs > nowMs) return undefined;
    const last = heap.pop() as { dueMs: number; item: T };
    if (heap.length > 0) this.#sink(last);
    return first.item;
  }

  #sink(entry: { dueMs: number; item: T }): void {
    const heap = this.#items;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && right.dueMs < (heap[child] as { dueMs: number }).dueMs) child++;
      const below = heap[child] as { dueMs: number; item: T };
      if (below.dueMs >= entry.dueMs) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = entry;
  }
}

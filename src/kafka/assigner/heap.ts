/**
 * Serves whoever is first, over and over, where being served changes the place in the order. A binary heap whose order
 * may depend on state outside of it, as long as serving an item changes no place but that item's, and only backwards.
 */
export class Heap<T> {
  readonly #items: T[];
  readonly #order: (a: T, b: T) => number;

  /** `items` is copied; `order` is as for Array.sort. O(n). */
  constructor(items: readonly T[], order: (a: T, b: T) => number) {
    this.#items = [...items];
    this.#order = order;
    for (let i = (items.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  /**
   * Hands the first item to `serve`, `times` times or until none is left. The answer says whether the item stays, at
   * its new place, or is out. O(log n) each.
   */
  serve(times: number, serve: (item: T) => boolean): void {
    for (let i = 0; i < times; i++) {
      const first = this.#items[0];
      if (first === undefined) return;
      if (!serve(first)) this.#replaceFirst();
      this.#sink(0);
    }
  }

  #replaceFirst(): void {
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#items[0] = last;
  }

  #sink(from: number): void {
    const items = this.#items;
    const item = items[from];
    if (item === undefined) return;
    let at = from;
    for (;;) {
      let next = 2 * at + 1;
      let child = items[next];
      if (child === undefined) break;
      const other = items[next + 1];
      if (other !== undefined && this.#order(other, child) < 0) {
        next += 1;
        child = other;
      }
      if (this.#order(child, item) >= 0) break;
      items[at] = child;
      at = next;
    }
    items[at] = item;
  }
}

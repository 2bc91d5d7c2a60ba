/**
 * Sticky ownership of keys: which thread has records of a key in flight, and how many. While a key's slot is busy its
 * records go to the thread that holds it, so that order costs no round trip; an idle key goes to the least loaded
 * thread. Slots are coarse (16 bits of the lane hash): two keys may share one, which only ties them to one thread.
 */
export class Slots {
  readonly #owner: Int16Array = new Int16Array(SLOTS);
  readonly #busy: Int32Array = new Int32Array(SLOTS);
  /** 1 where somebody wants to know when a record of the slot comes back. */
  readonly #watched: Uint8Array = new Uint8Array(SLOTS);
  readonly #watchers = new Map<number, (() => void)[]>();

  static of(lane: number): number {
    return (lane ^ (lane >>> 16)) & (SLOTS - 1);
  }

  busy(slot: number): number {
    return this.#busy[slot] as number;
  }

  owner(slot: number): number {
    return this.#owner[slot] as number;
  }

  take(slot: number, thread: number): void {
    this.#owner[slot] = thread;
    this.#busy[slot] = (this.#busy[slot] as number) + 1;
  }

  release(slot: number): void {
    this.#busy[slot] = (this.#busy[slot] as number) - 1;
    if (this.#watched[slot] === 1) this.#wake(slot);
  }

  /** Calls `wake` once, when the next record of the slot comes back. The slot must be busy. */
  watch(slot: number, wake: () => void): void {
    this.#watched[slot] = 1;
    const list = this.#watchers.get(slot);
    if (list) list.push(wake);
    else this.#watchers.set(slot, [wake]);
  }

  #wake(slot: number): void {
    this.#watched[slot] = 0;
    const list = this.#watchers.get(slot);
    this.#watchers.delete(slot);
    for (const wake of list ?? []) wake();
  }
}

const SLOTS = 65_536;

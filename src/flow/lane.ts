/**
 * The records of one key that have to wait on the main thread, in order: behind a failed record, behind too many
 * records of the same key in flight, or behind a thread that is full. Only such keys have a lane object; records of a
 * healthy key go straight from their block to a thread.
 */
export class Lane {
  /** Lane number of the records; 0 for a record without order, which gets a lane of its own. */
  readonly id: number;
  /** Key among the lanes of the partition. */
  readonly key: number;
  /**
   * ready    its first record may be handed out
   * parked   waits until a record of its slot comes back
   * waiting  its first record failed: waits until the thread has opened the lane and the backoff is over
   * solo     its first record is suspected of killing a thread: waits for a thread, or runs, alone
   * halted   given up by policy, until the partition changes its owner
   */
  state: 'ready' | 'parked' | 'waiting' | 'solo' | 'halted' = 'ready';
  /** Thread that has closed the lane and not yet answered `opened`; -1 if none. */
  closedIn = -1;
  /** When `waiting` ends at the earliest, on the clock's scale. */
  dueMs = 0;
  /** Whether the partition's list of ready lanes has it. */
  isListed = false;
  #seqs: number[] = [];
  #head = 0;
  #aloneUpTo = -1;

  constructor(id: number, seq: number) {
    this.id = id;
    this.key = Lane.keyOf(id, seq);
  }

  /** Lane numbers are 32-bit integers, so records without order find a key of their own below them. */
  static keyOf(id: number, seq: number): number {
    return id === 0 ? -(2 ** 32) - seq : id;
  }

  get size(): number {
    return this.#seqs.length - this.#head;
  }

  /** Sequence number of the first record; -1 when there is none. */
  get first(): number {
    return this.#seqs[this.#head] ?? -1;
  }

  /**
   * Adds a record at its place. Nearly always that is the end: records arrive in order. What a thread gives back belongs
   * near the front, so that is where room is made: a thousand of them may come back to a lane of ten thousand.
   */
  add(seq: number): void {
    if (this.size === 0 || (this.#seqs.at(-1) as number) < seq) {
      this.#seqs.push(seq);
      return;
    }
    if (this.#head === 0) {
      this.#seqs = new Array<number>(FRONT_ROOM).fill(-1).concat(this.#seqs);
      this.#head = FRONT_ROOM;
    }
    const seqs = this.#seqs;
    let at = this.#head--;
    for (; (seqs[at] as number) < seq; at++) seqs[at - 1] = seqs[at] as number;
    seqs[at - 1] = seq;
  }

  shift(): number {
    const seq = this.#seqs[this.#head++] as number;
    if (this.#head > 64 && this.#head * 2 > this.#seqs.length) {
      this.#seqs = this.#seqs.slice(this.#head);
      this.#head = 0;
    }
    return seq;
  }

  /** Lets the records up to `seq` run alone: it has killed a thread, or is suspected of it. */
  markAlone(seq: number): void {
    this.#aloneUpTo = Math.max(this.#aloneUpTo, seq);
  }

  /** Whether its first record has to run alone. */
  get isAlone(): boolean {
    return this.size > 0 && this.first <= this.#aloneUpTo;
  }

  countBelow(limit: number): number {
    let count = 0;
    for (let i = this.#head; i < this.#seqs.length && (this.#seqs[i] as number) < limit; i++)
      count++;
    return count;
  }

  /** Forgets the records from `limit` on. */
  cut(limit: number): void {
    while (this.size > 0 && (this.#seqs.at(-1) as number) >= limit) this.#seqs.pop();
  }
}

/** Places made at once in front of the first record. */
const FRONT_ROOM = 256;

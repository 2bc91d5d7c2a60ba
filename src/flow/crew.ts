import { CHUNK_BYTES, CHUNK_RECORDS } from '../contract/chunk.ts';
import type { Held } from './backlog.ts';
import { Chunk, Run } from './chunk.ts';
import type { Hands, Partition } from './partition.ts';
import { Slots } from './slots.ts';

/** One worker thread as this pipeline sees it. */
export interface Hand {
  readonly id: number;
  isAlive: boolean;
  /** Records whose handler may run at the same time. */
  readonly limit: number;
  /** Records it may hold; `limit` plus what keeps it busy for a round trip. */
  window: number;
  inFlight: number;
  /** Records back since the last measurement, and records a ms. */
  done: number;
  rate: number;
  /** Kept free for a record that has to run alone. */
  isReserved: boolean;
  /** Kept free for a record of another pipeline that has to run alone. */
  isClaimed: boolean;
  chunk: Chunk | null;
}

export interface CrewPorts {
  send(chunk: Chunk): void;
  /** The record that ran alone on a thread is back. */
  soloOver(thread: number): void;
}

/**
 * The threads of the pool and what is being put together for each: chooses the thread of a record by its lane, and
 * sends chunks when they are full or the pass is over.
 */
export class Crew implements Hands {
  readonly hands: readonly Hand[];
  readonly #slots = new Slots();
  readonly #ports: CrewPorts;
  #chosen = 0;
  #streak = 0;

  /** `limits[i]`: records that run at the same time in thread i. */
  constructor(limits: readonly number[], ports: CrewPorts) {
    this.hands = limits.map((limit, id) => ({
      id,
      isAlive: false,
      limit,
      window: limit,
      inFlight: 0,
      done: 0,
      rate: 0,
      isReserved: false,
      isClaimed: false,
      chunk: null,
    }));
    this.#ports = ports;
  }

  hasRoom(): boolean {
    for (const hand of this.hands) if (takes(hand)) return true;
    return false;
  }

  isHungry(): boolean {
    for (const hand of this.hands) if (takes(hand) && hand.inFlight < hand.limit) return true;
    return false;
  }

  /** Records that all threads together could take now. */
  get room(): number {
    let room = 0;
    for (const hand of this.hands) if (takes(hand)) room += hand.window - hand.inFlight;
    return room;
  }

  place(lane: number, depth: number): number {
    if (lane === 0) return this.#choose(depth);
    const slot = Slots.of(lane);
    const busy = this.#slots.busy(slot);
    let thread: number;
    if (busy === 0) {
      thread = this.#choose(depth);
    } else {
      thread = this.#slots.owner(slot);
      if (busy >= depth || !takesMore(this.hands[thread] as Hand)) return -1;
    }
    this.#slots.take(slot, thread);
    return thread;
  }

  put(thread: number, partition: Partition, held: Held, at: number, attempt: number): void {
    const hand = this.hands[thread] as Hand;
    hand.chunk ??= new Chunk(thread);
    const { chunk } = hand;
    const last = chunk.runs.at(-1);
    if (last && last.held === held && last.to === at && last.attempt === attempt) last.to++;
    else chunk.runs.push(new Run(partition, held, at, attempt, false));
    chunk.count++;
    chunk.bytes += (held.block.end[at] as number) - (held.block.start[at] as number);
    hand.inFlight++;
    partition.inFlight++;
    partition.touch();
    if (chunk.count === CHUNK_RECORDS || chunk.bytes >= CHUNK_BYTES) this.#flush(hand);
  }

  watch(lane: number, wake: () => void): void {
    this.#slots.watch(Slots.of(lane), wake);
  }

  /** Sends what was put together. */
  flush(): void {
    for (const hand of this.hands) if (hand.chunk) this.#flush(hand);
  }

  /** Sends one record by itself, outside of its slot. */
  sendSolo(hand: Hand, partition: Partition, held: Held, at: number, attempt: number): void {
    const chunk = new Chunk(hand.id);
    chunk.runs.push(new Run(partition, held, at, attempt, true));
    chunk.count = 1;
    chunk.bytes = (held.block.end[at] as number) - (held.block.start[at] as number);
    hand.inFlight++;
    partition.inFlight++;
    this.#dispatch(chunk);
  }

  /** `count` records of a run are back, whatever came of them. */
  release(thread: number, run: Run, at: number, count: number): void {
    const hand = this.hands[thread] as Hand;
    hand.inFlight -= count;
    hand.done += count;
    run.owner.inFlight -= count;
    run.owner.done += count;
    run.owner.touch();
    if (run.isSolo) {
      this.#ports.soloOver(thread);
      return;
    }
    const lanes = run.held.lane;
    for (let i = at; i < at + count; i++) {
      const lane = lanes[i] as number;
      if (lane !== 0) this.#slots.release(Slots.of(lane));
    }
  }

  #flush(hand: Hand): void {
    const chunk = hand.chunk as Chunk;
    hand.chunk = null;
    this.#dispatch(chunk);
  }

  #dispatch(chunk: Chunk): void {
    for (const run of chunk.runs) {
      run.owner.ledger.hand(run.held.firstSeq + run.from, run.to - run.from);
    }
    this.#ports.send(chunk);
  }

  /**
   * A thread for a record that may go to any: the one with the largest share of its window free, but `streak` records
   * in a row to the same, about 2 ms of work, so that they travel together. Only called when a thread has room.
   */
  #choose(streak: number): number {
    if (this.#streak < streak && takes(this.hands[this.#chosen] as Hand)) {
      this.#streak++;
      return this.#chosen;
    }
    this.#streak = 1;
    this.#chosen = this.#leastLoaded();
    return this.#chosen;
  }

  #leastLoaded(): number {
    let best = 0;
    let bestLoad = Number.POSITIVE_INFINITY;
    for (const hand of this.hands) {
      if (!takes(hand)) continue;
      const load = hand.inFlight / hand.window;
      if (load < bestLoad) {
        best = hand.id;
        bestLoad = load;
      }
    }
    return best;
  }
}

/**
 * Whether a thread takes a record. What it holds beyond its running records is topped up only when a quarter of it is
 * gone: many small chunks would cost a message each, and each answer would make another small one.
 */
const takes = (hand: Hand): boolean =>
  isOpen(hand) &&
  hand.inFlight < hand.window &&
  (hand.chunk !== null || hand.inFlight <= hand.window - (hand.window - hand.limit) / 4);

/**
 * Whether a thread takes a record of a key that it holds already. No other thread may have it, so it goes a little past
 * the window: to set it aside until the thread has room, with all of its key that follow, costs four times as much.
 */
const takesMore = (hand: Hand): boolean =>
  isOpen(hand) && hand.inFlight < hand.window + Math.min(CHUNK_RECORDS, hand.window - hand.limit);

const isOpen = (hand: Hand): boolean => hand.isAlive && !hand.isReserved && !hand.isClaimed;

import type { Inbox } from './record.ts';

/** A record that was not started: its chunk and its place in it. */
export interface Entry {
  readonly inbox: Inbox;
  readonly place: number;
}

/**
 * The records of one pipeline in one thread that have not started, in order. Says which is next: one whose lane is
 * neither running nor closed. A lane is closed by a failure until the main thread, which holds the failed record, opens it;
 * what is here of a closed lane goes back.
 */
export class Line {
  readonly #notRun: (entry: Entry) => void;
  #queue: Inbox[] = [];
  /** Lanes of which a record runs, with those that wait for it. */
  readonly #lanes = new Map<number, Entry[] | null>();
  /** Records whose lane has become free. */
  #freed: Entry[] = [];
  /** Closed lanes, by `closedKey`: lane numbers of two partitions can be the same by chance. */
  readonly #closed = new Set<number>();

  /** `notRun` gives a record back to the main thread. */
  constructor(notRun: (entry: Entry) => void) {
    this.#notRun = notRun;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0 && this.#freed.length === 0;
  }

  push(inbox: Inbox): void {
    this.#queue.push(inbox);
  }

  /** Takes the next record that may start. */
  next(): Entry | undefined {
    const freed = this.#freed.shift();
    if (freed) return freed;
    for (let inbox = this.#queue[0]; inbox; inbox = this.#queue[0]) {
      while (inbox.next < inbox.count) {
        const place = inbox.next++;
        if (inbox.end[place] === TAKEN) continue;
        const lane = inbox.lane[place] as number;
        if (lane === 0 || this.#mayStart(inbox, place, lane)) return { inbox, place };
      }
      this.#queue.shift();
    }
    return undefined;
  }

  #mayStart(inbox: Inbox, place: number, lane: number): boolean {
    if (this.#closed.size > 0 && this.#closed.has(closedKey(lane, partitionOf({ inbox, place })))) {
      this.#notRun({ inbox, place });
      return false;
    }
    const waiting = this.#lanes.size > 0 ? this.#lanes.get(lane) : undefined;
    if (waiting === undefined) return true;
    if (waiting) waiting.push({ inbox, place });
    else this.#lanes.set(lane, [{ inbox, place }]);
    return false;
  }

  /** A record of the lane goes on running after its start. */
  occupy(lane: number): void {
    if (lane !== 0 && !this.#lanes.has(lane)) this.#lanes.set(lane, null);
  }

  /** The record of the lane that ran is over: the next one may start. */
  vacate(lane: number): void {
    if (lane === 0 || this.#lanes.size === 0) return;
    const next = this.#lanes.get(lane)?.shift();
    if (next) this.#freed.push(next);
    else this.#lanes.delete(lane);
  }

  close(lane: number, partition: number): void {
    this.#closed.add(closedKey(lane, partition));
    const waiting = this.#lanes.get(lane);
    if (!waiting) return;
    const isOfLane = (entry: Entry): boolean => partitionOf(entry) === partition;
    this.#lanes.set(
      lane,
      waiting.filter((entry) => !this.#give(entry, isOfLane)),
    );
  }

  open(lane: number, partition: number): void {
    this.giveBack((entry) => laneOf(entry) === lane && partitionOf(entry) === partition);
    this.#closed.delete(closedKey(lane, partition));
  }

  forget(partition: number): void {
    for (const key of this.#closed)
      if (Math.floor(key / LANES) === partition) this.#closed.delete(key);
  }

  /** Gives back the records that match. */
  giveBack(matches: (entry: Entry) => boolean): void {
    for (const [lane, waiting] of this.#lanes) {
      if (waiting)
        this.#lanes.set(
          lane,
          waiting.filter((entry) => !this.#give(entry, matches)),
        );
    }
    for (const entry of this.#freed.splice(0)) {
      if (this.#give(entry, matches)) this.vacate(laneOf(entry));
      else this.#freed.push(entry);
    }
    for (const inbox of this.#queue) {
      for (let place = inbox.next; place < inbox.count; place++) {
        if (inbox.end[place] !== TAKEN && this.#give({ inbox, place }, matches)) {
          inbox.end[place] = TAKEN;
        }
      }
    }
  }

  #give(entry: Entry, matches: (entry: Entry) => boolean): boolean {
    if (!matches(entry)) return false;
    this.#notRun(entry);
    return true;
  }
}

const laneOf = ({ inbox, place }: Entry): number => inbox.lane[place] as number;
const partitionOf = ({ inbox, place }: Entry): number => inbox.partition[place] as number;

/** Lane numbers are 32-bit integers. */
const LANES = 2 ** 32;
const closedKey = (lane: number, partition: number): number => partition * LANES + (lane >>> 0);

/** In `end` of a record that was given back before its turn. */
const TAKEN = -1;

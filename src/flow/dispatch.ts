import type { Chunk } from './chunk.ts';
import { Crew, type Hand } from './crew.ts';
import type { Lane } from './lane.ts';
import type { Partition } from './partition.ts';
import { Shares } from './shares.ts';

/** What the threads of the pool can do for a pipeline. */
export interface Threads {
  /** Sends a chunk to its thread. The thread has room by the window that Dispatch keeps. */
  send(chunk: Chunk): void;
  /** Mean handler duration of a partition's records in ms; 0 when unknown. */
  meanMs(partition: number): number;
  /**
   * Keeps other pipelines off a thread. True once none of their records is on it; until then it is to be asked again, and `turn` is
   * called when that may help.
   */
  claim(thread: number): boolean;
  /** Other pipelines may use the thread again. */
  unclaim(thread: number): void;
}

/**
 * Hands records to threads: which partition is next, and how many of its records. One pass serves every partition that
 * has work, in turns, until the threads are full or nothing is left.
 */
export class Dispatch {
  readonly crew: Crew;
  readonly #threads: Threads;
  readonly #shares = new Shares();
  /** Partitions that may have something to do. */
  readonly #listed: Partition[] = [];
  /** Records that have to run alone, in the order they were suspected. */
  readonly #solo: { partition: Partition; lane: Lane }[] = [];
  /** Whose turn it is: a pass goes on where the last one stopped. */
  #turn = 0;

  constructor(limits: readonly number[], threads: Threads) {
    this.crew = new Crew(limits, {
      send: (chunk) => threads.send(chunk),
      soloOver: (thread) => this.#unreserve(this.crew.hands[thread] as Hand),
    });
    this.#threads = threads;
  }

  /** A partition may have something to do from now on. */
  list(partition: Partition): void {
    if (partition.isListed) return;
    partition.isListed = true;
    this.#listed.push(partition);
  }

  remove(partition: Partition): void {
    if (!partition.isListed) return;
    partition.isListed = false;
    this.#listed.splice(this.#listed.indexOf(partition), 1);
  }

  /** Runs the first record of a lane alone on a thread, as soon as one is free of other work. */
  addSolo(partition: Partition, lane: Lane): void {
    lane.state = 'solo';
    this.#solo.push({ partition, lane });
  }

  /** The thread is gone, and with it whatever it was reserved for. */
  lose(thread: number): void {
    const hand = this.crew.hands[thread] as Hand;
    hand.isAlive = false;
    this.#unreserve(hand);
  }

  /** Hands out what can be handed out now. `held`: partitions there are, listed or not. */
  pass(nowMs: number, held: number): void {
    const { crew } = this;
    const meanMs = (index: number): number => this.#threads.meanMs(index);
    const isMeasured = this.#shares.update(nowMs, crew, this.#listed, held, meanMs);
    this.#passSolo();
    const count = this.#listed.length;
    for (let progress = true; progress && crew.hasRoom(); ) {
      progress = false;
      const quota = Math.max(QUOTA_MIN, Math.ceil(crew.room / Math.max(1, count)));
      for (let i = 0; i < count && crew.hasRoom(); i++) {
        const partition = this.#listed[this.#turn++ % count] as Partition;
        if (partition.hasWork && partition.take(crew, quota) > 0) progress = true;
      }
    }
    crew.flush();
    if (isMeasured) this.#measured();
  }

  /** After a measurement: notes who has to wait, and takes those off the list that have nothing to do. */
  #measured(): void {
    const isFull = !this.crew.hasRoom();
    for (let i = this.#listed.length - 1; i >= 0; i--) {
      const partition = this.#listed[i] as Partition;
      const isStopped = isFull || partition.inFlight >= partition.cap;
      partition.isWaiting = isStopped && partition.hasWork;
      if (partition.inFlight > 0 || partition.hasWork || !Shares.isIdle(partition)) continue;
      partition.isListed = false;
      partition.rate = 0;
      this.#listed[i] = this.#listed.at(-1) as Partition;
      this.#listed.pop();
    }
  }

  /** Reserves a thread for each record that has to run alone, and sends it once the thread holds nothing else. */
  #passSolo(): void {
    for (let i = 0; i < this.#solo.length; ) {
      const { partition, lane } = this.#solo[i] as { partition: Partition; lane: Lane };
      if (partition.state === 'held') {
        i++;
        continue;
      }
      // Meanwhile the partition may have been given up, or the lane halted or cut.
      if (partition.state !== 'closed' && lane.state === 'solo' && lane.size > 0) {
        const hand = this.#soloHand();
        if (!hand) return;
        hand.isReserved = true;
        if (!this.#threads.claim(hand.id) || hand.inFlight > 0) return;
        this.#sendSolo(hand, partition, lane.shift());
      }
      this.#solo.splice(i, 1);
    }
    for (const hand of this.crew.hands) if (hand.inFlight === 0) this.#unreserve(hand);
  }

  #unreserve(hand: Hand): void {
    if (!hand.isReserved) return;
    hand.isReserved = false;
    this.#threads.unclaim(hand.id);
  }

  #sendSolo(hand: Hand, partition: Partition, seq: number): void {
    const held = partition.backlog.find(seq);
    this.crew.sendSolo(hand, partition, held, seq - held.firstSeq, partition.attempts.next(seq));
  }

  /**
   * The thread that is reserved already, or else the one with the least work. One thread at a time: a suspect may take
   * its thread down.
   */
  #soloHand(): Hand | undefined {
    const alive = this.crew.hands.filter((hand) => hand.isAlive && !hand.isClaimed);
    return (
      alive.find((hand) => hand.isReserved) ?? alive.sort((a, b) => a.inFlight - b.inFlight)[0]
    );
  }
}

/** Records that a partition gets at least in its turn, if it has them. */
const QUOTA_MIN = 8;

import { AHEAD_MAX } from '../contract/chunk.ts';
import type { Crew } from './crew.ts';
import type { Partition } from './partition.ts';

/**
 * How much of the threads each partition may use, from what was measured: rates of records coming back and the mean
 * duration of the handler. Two aims: a thread always has enough work for a round trip to the main thread, and a partition
 * whose records are slow doesn't take the places that its neighbours need.
 */
export class Shares {
  #measuredMs = Number.NEGATIVE_INFINITY;

  /** Whether a partition has had next to nothing to do lately. */
  static isIdle({ rate, done }: Partition): boolean {
    return rate <= IDLE_RATE && done === 0;
  }

  /**
   * Measures at most once a millisecond, less often when there are hundreds; false if it was too early. `held` is how many partitions there are, of which
   * `partitions` may have something to do; `meanMs` gives a partition's mean handler duration, 0 when unknown.
   */
  update(
    nowMs: number,
    crew: Crew,
    partitions: readonly Partition[],
    held: number,
    meanMs: (index: number) => number,
  ): boolean {
    const elapsed = nowMs - this.#measuredMs;
    if (elapsed < Math.max(1, partitions.length * SPACING_MS)) return false;
    this.#measuredMs = nowMs;
    const weight = weightOf(elapsed, MEMORY_MS);
    let limit = 0;
    for (const hand of crew.hands) {
      hand.rate += (hand.done / elapsed - hand.rate) * weight;
      hand.done = 0;
      hand.window = hand.limit + Math.min(AHEAD_MAX, aheadOf(hand.rate));
      if (hand.isAlive) limit += hand.limit;
    }
    const active: Active[] = [];
    for (const partition of partitions) {
      const mean = meanMs(partition.index);
      // The longer a record takes, the longer it takes to tell a rate from a single record.
      const memoryMs = clamp(mean, MEMORY_MS, 10 * MEMORY_MS);
      partition.rate += (partition.done / elapsed - partition.rate) * weightOf(elapsed, memoryMs);
      partition.done = 0;
      partition.depth =
        mean === 0 ? DEPTH_UNKNOWN : clamp(Math.floor(STREAK_MS / mean), 1, AHEAD_MAX);
      if (partition.inFlight > 0 || partition.rate > IDLE_RATE || partition.hasWork) {
        active.push({ partition, mean, need: 0 });
      }
    }
    if (active.length > 0) share(active, limit, active.length < held);
    return true;
  }
}

/** A partition that has records, the mean duration of its handler in ms, and the places it needs. */
interface Active {
  readonly partition: Partition;
  mean: number;
  need: number;
}

/**
 * Divides `limit` places for running records. A partition needs rate x duration of them (Little's law) and some more to
 * grow, at least its fair share if it had to wait. Those whose records are much quicker are served first: they give their
 * places back at once, and one that is slow would keep all it ever got. Everyone has a quarter of the fair share at
 * least; those alike share what is left, and may use what the others don't. With `keepsOne` a place stays free for who
 * has just become active. On top comes what keeps the threads busy for a round trip.
 */
function share(active: Active[], limit: number, keepsOne: boolean): void {
  const fair = limit / active.length;
  // One place even when no thread is up: nothing else would wake a partition that had none.
  const least = Math.max(1, Math.floor(fair / 4));
  estimate(active, fair, limit);
  active.sort((a, b) => a.mean - b.mean);
  // Places before `quick` are those of much quicker ones, places from `slow` on of much slower ones.
  let quick = 0;
  let slow = 0;
  let quickNeed = active.length > 1 && keepsOne ? 1 : 0;
  let alikeNeed = 0;
  for (const { partition, mean, need } of active) {
    for (let other = active[slow]; other && other.mean <= mean * ALIKE; other = active[++slow]) {
      alikeNeed += Math.min(fair, other.need);
    }
    for (let other = active[quick]; other && other.mean * ALIKE < mean; other = active[++quick]) {
      alikeNeed -= Math.min(fair, other.need);
      quickNeed += other.need;
    }
    const left = limit - quickNeed - (active.length - slow) * least;
    const equal = left / (slow - quick);
    const unused = Math.floor(left - alikeNeed + Math.min(fair, need));
    const places = Math.max(least, quickNeed > 0 ? Math.floor(equal) : Math.ceil(equal), unused);
    partition.cap = places + Math.min(AHEAD_MAX * 4, aheadOf(partition.rate));
  }
}

/** A partition whose mean duration isn't known yet is taken for an average one. */
function estimate(active: readonly Active[], fair: number, limit: number): void {
  let sum = 0;
  let known = 0;
  for (const { mean } of active) {
    sum += mean;
    if (mean > 0) known++;
  }
  for (const one of active) {
    if (one.mean === 0) one.mean = known === 0 ? 1 : sum / known;
    const need = one.partition.rate * one.mean * 1.25 + 0.5;
    one.need = Math.min(limit, one.partition.isWaiting ? Math.max(fair, need) : need);
  }
}

/** Time between two measurements per partition, in ms: about twelve times what it costs to measure one. */
const SPACING_MS = 0.01;
/** Work that a thread holds beyond what it runs, in ms: two round trips under load. */
const AHEAD_MS = 4;
/** Records of one key, or records in a row for one thread, in ms of work. */
const STREAK_MS = 2;
const DEPTH_UNKNOWN = 16;
/** Partitions whose mean durations differ by no more than this factor are alike. */
const ALIKE = 4;
/** Time constant of the measured rates. */
const MEMORY_MS = 20;
/** Records a ms below which a partition without work counts as idle. */
const IDLE_RATE = 0.001;

/** Records that keep a thread busy for a round trip; none where one comes back every 40 ms: it would only be stuck. */
const aheadOf = (rate: number): number => Math.max(0, Math.ceil(rate * AHEAD_MS - 0.1));
const weightOf = (elapsed: number, memoryMs: number): number => 1 - Math.exp(-elapsed / memoryMs);
const clamp = (n: number, low: number, high: number): number => Math.min(high, Math.max(low, n));

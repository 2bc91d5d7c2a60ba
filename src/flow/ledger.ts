import { invariant } from '../contract/invariant.ts';
import type { OffsetRange } from '../contract/offset-range.ts';

/**
 * Which records of one partition, in one epoch, are done, and hence what may be committed. Records get dense sequence
 * numbers in the order of delivery; their real offsets have gaps (compaction, transaction markers) and are only
 * looked up, never computed.
 *
 * ```
 *            low                 next
 * seq    …    7   8   9  10  11   12        state ring:  W waiting, H handed to a thread, S settled
 * state       H   S   S   W   H             offset ring: 40, 41, 57, 58, 60
 *             watermark = offset of 7 = 40; when 7 settles it jumps to 58, the offset of 10
 * ```
 *
 * The watermark is exclusive: every delivered record below it is settled. With nothing open it is the position, which
 * also passes over what is never delivered: control, aborted and compacted records.
 */
export class Ledger {
  /** Sequence number of the first record that is not settled; `next` when all are. */
  low = 0;
  /** Sequence number that the next tracked record gets. */
  next = 0;
  /** Records settled so far. */
  settled = 0;
  /** Next offset to be fetched. */
  position: bigint;
  readonly #origin: bigint;
  #state: Uint8Array;
  #offset: Float64Array;
  #mask: number;

  /** `origin`: offset at which the epoch starts, the first position. Not negative. */
  constructor(origin: bigint, capacity = 1024) {
    invariant(origin >= 0n, 'offsets are not negative');
    this.#origin = origin;
    this.position = origin;
    const size = powerOfTwo(capacity);
    this.#state = new Uint8Array(size);
    this.#offset = new Float64Array(size);
    this.#mask = size - 1;
  }

  get origin(): bigint {
    return this.#origin;
  }

  /** Offset up to which a commit is safe, exclusive. */
  get watermark(): bigint {
    return this.low < this.next ? this.offsetOf(this.low) : this.position;
  }

  /** Records tracked and not settled, plus those settled above the watermark. */
  get span(): number {
    return this.next - this.low;
  }

  /**
   * Starts `count` records whose offsets are `base + offset[i]`, strictly increasing and not below the position, then
   * moves the position to `next`. Returns the first sequence number. O(count), no allocation but for growth.
   */
  track(base: bigint, offset: Float64Array, count: number, next: bigint): number {
    invariant(next >= this.position, 'the position never goes back');
    const first = this.next;
    if (count > 0) {
      const shift = Number(base - this.#origin);
      invariant(
        Number.isSafeInteger(shift + (offset[count - 1] as number)),
        'an epoch spans at most 2^53 offsets',
      );
      invariant(
        base + BigInt(offset[0] as number) >= this.position,
        'a record is not delivered twice',
      );
      this.#grow(this.span + count);
      const ring = this.#offset;
      const mask = this.#mask;
      for (let i = 0; i < count; i++) {
        const at = (first + i) & mask;
        ring[at] = (offset[i] as number) + shift;
        this.#state[at] = WAITING;
      }
      this.next = first + count;
    }
    this.position = next;
    return first;
  }

  /** Marks `count` records from `seq` on as handed to a thread. Each must be waiting. */
  hand(seq: number, count: number): void {
    for (let s = seq; s < seq + count; s++) {
      invariant(this.#at(s) === WAITING, 'a record is handed out once at a time');
      this.#state[s & this.#mask] = HANDED;
    }
  }

  /** Takes a handed record back: it was not run, or will be tried again. */
  takeBack(seq: number): void {
    invariant(this.#at(seq) === HANDED, 'only a handed record comes back');
    this.#state[seq & this.#mask] = WAITING;
  }

  /** Ends `count` records from `seq` on. Each must be tracked and not settled. O(count) amortised. */
  settle(seq: number, count: number): void {
    this.#end(seq, count, SETTLED);
  }

  /** The same for records that were settled before the epoch began: they were never handed out in it. */
  settleKnown(seq: number, count: number): void {
    this.#end(seq, count, KNOWN);
  }

  isSettled(seq: number): boolean {
    return seq < this.low || this.#at(seq) >= SETTLED;
  }

  isWaiting(seq: number): boolean {
    return seq >= this.low && this.#at(seq) === WAITING;
  }

  /** Real offset of a tracked record at or above the watermark. */
  offsetOf(seq: number): bigint {
    invariant(
      seq >= this.low && seq < this.next,
      'the offset of a record is known while it is tracked',
    );
    return this.#origin + BigInt(this.#offset[seq & this.#mask] as number);
  }

  /** Records from the watermark up to `limit` that are not settled. */
  open(limit: number): number {
    let count = 0;
    for (let seq = this.low; seq < limit; seq++) if (this.#at(seq) < SETTLED) count++;
    return count;
  }

  /** One past the highest record that was handed out in this epoch; `low` when nothing above the watermark was. */
  get top(): number {
    let seq = this.next;
    while (seq > this.low && UNTOUCHED.has(this.#state[(seq - 1) & this.#mask] as number)) seq--;
    return seq;
  }

  /** What is settled above the watermark, as ranges of offsets in order; of more than `SCAN_MAX` records the lowest part. */
  settledAbove(): OffsetRange[] {
    const ranges: OffsetRange[] = [];
    const end = Math.min(this.next, this.low + SCAN_MAX);
    let from = -1;
    for (let seq = this.low; seq <= end; seq++) {
      const isSettled = seq < end && (this.#state[seq & this.#mask] as number) >= SETTLED;
      if (isSettled && from < 0) from = seq;
      if (isSettled || from < 0) continue;
      ranges.push([this.offsetOf(from), this.offsetOf(seq - 1) + 1n]);
      from = -1;
    }
    return ranges;
  }

  #end(seq: number, count: number, as: number): void {
    const state = this.#state;
    const mask = this.#mask;
    invariant(
      seq >= this.low && seq + count <= this.next,
      'a settled record was tracked and is not below the watermark',
    );
    for (let s = seq; s < seq + count; s++) {
      invariant((state[s & mask] as number) < SETTLED, 'a record is settled once');
      state[s & mask] = as;
    }
    this.settled += count;
    let low = this.low;
    while (low < this.next && (state[low & mask] as number) >= SETTLED) low++;
    this.low = low;
  }

  #at(seq: number): number {
    invariant(seq >= this.low && seq < this.next, 'a record is tracked');
    return this.#state[seq & this.#mask] as number;
  }

  #grow(needed: number): void {
    const size = this.#mask + 1;
    if (needed <= size) return;
    const grown = powerOfTwo(needed);
    const state = new Uint8Array(grown);
    const offset = new Float64Array(grown);
    for (let seq = this.low; seq < this.next; seq++) {
      state[seq & (grown - 1)] = this.#state[seq & this.#mask] as number;
      offset[seq & (grown - 1)] = this.#offset[seq & this.#mask] as number;
    }
    this.#state = state;
    this.#offset = offset;
    this.#mask = grown - 1;
  }
}

/** Records above the watermark that are looked at for a commit: 20,000 bytes, 20 us. */
const SCAN_MAX = 20_000;

const WAITING = 0;
const HANDED = 1;
const SETTLED = 2;
/** Settled before the epoch began. */
const KNOWN = 3;
const UNTOUCHED: ReadonlySet<number> = new Set([WAITING, KNOWN]);

const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(n, 2)));

import type { Block } from '../contract/block.ts';
import type { Ordering } from '../contract/config.ts';
import { invariant } from '../contract/invariant.ts';

/** A block while records of it are not settled. */
export interface Held {
  readonly block: Block;
  /** Sequence number of the block's first record. */
  readonly firstSeq: number;
  /** Per record: the lane it belongs to, unique among partitions; 0 is free. */
  readonly lane: Int32Array;
  /** What turns `block.offset` into an offset from the origin of the epoch. */
  readonly shift: number;
  /** Records not settled. */
  left: number;
}

/**
 * The fetched bytes of one partition: blocks in the order of delivery, each held until its last record is settled, so
 * that a retry and the records of a dead thread need no second fetch. The cursor stands before the first record that
 * was never considered for a thread.
 */
export class Backlog {
  /** Sequence number at the cursor. */
  cursor = 0;
  /** Records not settled. */
  records = 0;
  /** Bytes of the blocks held. */
  bytes = 0;
  #blocks: Held[] = [];
  readonly #salt: number;
  readonly #ordering: Ordering;
  /** Place in `#blocks` of the block the cursor is in. */
  #at = 0;

  /** `index` is the partition's number: it keeps equal keys of two partitions in two lanes. */
  constructor(index: number, ordering: Ordering) {
    this.#salt = Math.imul(index + 1, 0x9e3779b1);
    this.#ordering = ordering;
  }

  add(block: Block, firstSeq: number, shift: number): Held {
    const held = { block, firstSeq, shift, left: block.count, lane: this.#lanes(block) };
    this.#blocks.push(held);
    this.records += block.count;
    this.bytes += block.bytes.byteLength;
    return held;
  }

  /** Block at the cursor; undefined when everything was considered. */
  current(): Held | undefined {
    for (let held = this.#blocks[this.#at]; held; held = this.#blocks[++this.#at]) {
      // Blocks whose records were all known to be settled are gone before the cursor has met them.
      if (this.cursor < held.firstSeq) this.cursor = held.firstSeq;
      if (this.cursor < held.firstSeq + held.block.count) return held;
    }
    return undefined;
  }

  /** Block that holds a record that is not settled. */
  find(seq: number): Held {
    const held = this.#blocks[this.#place(seq)];
    invariant(
      held !== undefined && seq >= held.firstSeq && seq < held.firstSeq + held.block.count,
      'the block of an open record is held',
    );
    return held;
  }

  /** `count` records of a block are settled; its bytes go when they were the last. */
  release(held: Held, count: number): void {
    held.left -= count;
    this.records -= count;
    if (held.left > 0) return;
    this.bytes -= held.block.bytes.byteLength;
    const at = this.#place(held.firstSeq);
    this.#blocks.splice(at, 1);
    if (at < this.#at) this.#at--;
  }

  clear(): void {
    this.#blocks = [];
    this.#at = 0;
    this.records = 0;
    this.bytes = 0;
  }

  /** Place in `#blocks` of the last block that starts at or below `seq`. */
  #place(seq: number): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#blocks[middle] as Held).firstSeq <= seq) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #lanes(block: Block): Int32Array {
    const lane = new Int32Array(block.count);
    if (this.#ordering === 'partition') return lane.fill(this.#salt || 1);
    if (this.#ordering === 'none') return lane;
    for (let i = 0; i < block.count; i++) {
      const hash = block.hash[i] as number;
      lane[i] = hash === 0 ? 0 : hash ^ this.#salt || 1;
    }
    return lane;
  }
}

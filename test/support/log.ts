import type { Block } from '../../src/contract/block.ts';
import { blockOf, type RecordSpec } from './blocks.ts';
import type { Dice } from './dice.ts';

export interface LogShape {
  /** Number of different keys. */
  readonly keys: number;
  /** Share of the records that have one and the same key. */
  readonly hot: number;
  /** Share of the records without a key. */
  readonly keyless: number;
  /** Most records in a row that have the same key when a run of them comes; 0 is no runs. */
  readonly run: number;
  /** Share of the offsets after which some hold nothing: compaction, transaction markers. */
  readonly gaps: number;
}

/** One partition of a topic: records at growing offsets with holes between them. */
export class Log {
  readonly records: RecordSpec[] = [];
  /** One past the last offset, whether or not that holds a record. */
  end: number;
  readonly #dice: Dice;
  readonly #shape: LogShape;
  #run: { key: number | null; left: number } = { key: null, left: 0 };

  constructor(start: number, shape: LogShape, dice: Dice) {
    this.end = start;
    this.#shape = shape;
    this.#dice = dice;
  }

  grow(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#skip();
      this.records.push({ offset: this.end++, key: this.#key(), size: 1 + this.#dice.below(40) });
    }
    this.#skip();
  }

  /** What a fetch from `position` on brings: up to `most` records, or only offsets that hold none. */
  read(position: number, most: number): Block {
    const from = this.#find(position);
    const records = this.records.slice(from, from + most);
    const first = records.length > 0 ? (records.at(-1) as RecordSpec).offset + 1 : position;
    const last = this.records[from + records.length]?.offset ?? this.end;
    return blockOf(records, first + this.#dice.below(last - first + 1));
  }

  /** Place of the first record at or above `offset`. */
  #find(offset: number): number {
    let low = 0;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.records[middle] as RecordSpec).offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #skip(): void {
    if (this.#dice.chance(this.#shape.gaps)) this.end += 1 + this.#dice.below(20);
  }

  #key(): number | null {
    const { keys, hot, keyless, run } = this.#shape;
    if (this.#run.left-- > 0) return this.#run.key;
    let key: number | null = this.#dice.chance(hot) ? 0 : this.#dice.below(keys);
    if (this.#dice.chance(keyless)) key = null;
    if (this.#dice.chance(0.02)) this.#run = { key, left: this.#dice.below(run + 1) };
    return key;
  }
}

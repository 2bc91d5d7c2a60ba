import type { SimLog, SimRecord } from './sim-log.ts';
import type { Tenure } from './tenure.ts';

/** What has really become of a record, over all processes. */
export class Truth {
  readonly place: string;
  readonly offset: number;
  readonly rank: number;
  /** Records with the same value run one after another; null runs freely. */
  readonly lane: Lane | null;
  /** Its handler has ended well at least once. */
  isHandled = false;
  /** Nothing more is to be done: handled, with outputs that the broker has, or given up by policy. */
  isSettled = false;
  hasStarted = false;
  /** Who sent it last; and the same until what was sent is settled. */
  sentBy: Tenure | null = null;
  openIn: Tenure | null = null;
  settledBy: Tenure | null = null;
  /** Failed attempts and thread deaths in the epoch `epoch`. */
  epoch = '';
  attempts = 0;
  strikes = 0;

  constructor(place: string, { offset }: SimRecord, rank: number, lane: Lane | null) {
    this.place = place;
    this.offset = offset;
    this.rank = rank;
    this.lane = lane;
    lane?.records.push(this);
  }
}

/** A run of a handler that has not ended. */
export interface Running {
  readonly truth: Truth;
  readonly process: number;
  readonly tenure: Tenure;
}

/** The records whose runs must not overlap, in order. */
export class Lane {
  readonly records: Truth[] = [];
  readonly running: Set<Running> = new Set();
  #low = 0;

  /** First record that was never handled nor given up; undefined when there is none. */
  get firstOpen(): Truth | undefined {
    for (let first = this.records[this.#low]; first; first = this.records[++this.#low]) {
      if (!first.isHandled && !first.isSettled) return first;
    }
    return undefined;
  }
}

/** All that is true of a partition. */
export class PartitionTruth {
  readonly log: SimLog;
  readonly records: Truth[];
  readonly #byOffset: ReadonlyMap<number, Truth>;
  /** Member that the last assignment gave it to. */
  owner = '';
  committed = -1;
  /** Who sent a record of it last. */
  sender: Tenure | null = null;
  #low = 0;

  constructor(partition: number, log: SimLog, ordering: 'key' | 'partition' | 'none') {
    this.log = log;
    const lanes = new Map<string, Lane>();
    this.records = log.records.map((record, rank) => {
      const name = ordering === 'partition' ? '' : ordering === 'none' ? null : record.key;
      let lane = name === null ? null : (lanes.get(name) ?? null);
      if (name !== null && lane === null) {
        lane = new Lane();
        lanes.set(name, lane);
      }
      return new Truth(`${partition}@${record.offset}`, record, rank, lane);
    });
    this.#byOffset = new Map(this.records.map((truth) => [truth.offset, truth]));
  }

  at(offset: number): Truth {
    const truth = this.#byOffset.get(offset);
    if (!truth) throw new Error(`no record may be delivered at offset ${offset}`);
    return truth;
  }

  /** First record that is not settled; undefined when all are. */
  get firstOpen(): Truth | undefined {
    while (this.records[this.#low]?.isSettled) this.#low++;
    return this.records[this.#low];
  }

  /** Number of records below an offset. */
  rankOf(offset: number): number {
    let low = 0;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.records[middle] as Truth).offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

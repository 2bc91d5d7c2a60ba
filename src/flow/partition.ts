import type { Block } from '../contract/block.ts';
import type { Ordering } from '../contract/config.ts';
import { invariant } from '../contract/invariant.ts';
import type { OffsetRange } from '../contract/offset-range.ts';
import { Attempts } from './attempts.ts';
import { Backlog, type Held } from './backlog.ts';
import { KnownSettled } from './known-settled.ts';
import type { Lane } from './lane.ts';
import { Lanes } from './lanes.ts';
import { Ledger } from './ledger.ts';

/** What a partition needs to hand its records out. */
export interface Hands {
  /** Whether any thread takes a record. */
  hasRoom(): boolean;
  /** Whether a thread that takes records has fewer than it could run at once. */
  isHungry(): boolean;
  /** Reserves a place for a record of `lane` on a thread: its number, or -1 when the lane has to wait for its slot. */
  place(lane: number, depth: number): number;
  /** Adds a record to what that thread gets next. */
  put(thread: number, partition: Partition, held: Held, at: number, attempt: number): void;
  /** Calls `wake` when a record of the lane's slot comes back. */
  watch(lane: number, wake: () => void): void;
}

/**
 * All truth of one partition in one epoch: which records are open, which wait behind what, and up to where records
 * may be handed out. It decides which record is next; which partition is next, and which thread, is for Dispatch.
 */
export class Partition {
  readonly index: number;
  readonly topic: string;
  readonly partition: number;
  readonly ledger: Ledger;
  readonly backlog: Backlog;
  readonly lanes: Lanes = new Lanes();
  /**
   * running   takes and hands out records
   * held      takes and hands out nothing: threads give back what they haven't started, or a drain is over
   * draining  hands out what fills gaps, no more
   * closed    given up; late verdicts are only counted
   */
  state: 'running' | 'held' | 'draining' | 'closed' = 'running';
  /** Sequence number that belongs to the committed offset. */
  committedSeq = 0;
  committed: bigint;
  /** Records handed to threads and not back. */
  inFlight = 0;
  /** Records handled whose outputs the broker has not acknowledged yet. */
  awaiting = 0;
  /** Records of one lane that may be in flight at once; set by Dispatch from the handler's mean duration. */
  depth = 16;
  /** Records back since the last measurement, and records a ms; kept by Dispatch. */
  done = 0;
  rate = 0;
  /** Whether records waited for a place after the last measurement; set by Dispatch. */
  isWaiting = false;
  /** Most records in flight; set by Dispatch. */
  cap: number = Number.POSITIVE_INFINITY;
  /** Whether something has changed since the flow last looked at it; `onTouch` is called when it begins. */
  isTouched = false;
  onTouch: (partition: Partition) => void = () => {};
  /** Whether Dispatch has it among those that may have work. */
  isListed = false;
  /** Records settled that the group has noted with its commit. */
  noted = 0;
  readonly #known: KnownSettled;
  /** First sequence number that may not be handed out. */
  #limit: number;
  readonly #maxUncommitted: number;
  readonly attempts: Attempts = new Attempts();

  constructor(
    index: number,
    topic: string,
    partition: number,
    origin: bigint,
    committed: bigint | null,
    options: { ordering: Ordering; maxUncommitted: number },
    settled: readonly OffsetRange[] = [],
  ) {
    this.index = index;
    this.topic = topic;
    this.partition = partition;
    this.ledger = new Ledger(origin);
    this.backlog = new Backlog(index, options.ordering);
    // Below any offset when there is none yet, so that the origin itself is worth a commit.
    this.committed = committed ?? -1n;
    this.#maxUncommitted = options.maxUncommitted;
    this.#limit = options.maxUncommitted;
    this.#known = new KnownSettled(settled, origin);
  }

  admit(block: Block): void {
    invariant(this.state === 'running', 'only a running partition takes records');
    const firstSeq = this.ledger.track(block.base, block.offset, block.count, block.next);
    if (block.count > 0) {
      const held = this.backlog.add(block, firstSeq, Number(block.base - this.ledger.origin));
      this.#known.meet(held, (at, n) => {
        this.ledger.settleKnown(held.firstSeq + at, n);
        this.backlog.release(held, n);
        this.noted += n;
      });
    }
    this.touch();
  }

  /** Something has changed that may make work, room, or a commit worth while. */
  touch(): void {
    if (this.isTouched) return;
    this.isTouched = true;
    this.onTouch(this);
  }

  /** Whether a record could be handed out now, given a thread. */
  get hasWork(): boolean {
    if (this.state === 'closed' || this.state === 'held') return false;
    return (
      this.lanes.hasReady ||
      (this.backlog.cursor < this.#limit && this.backlog.current() !== undefined)
    );
  }

  /** Whether the records handed out use at least half of `maxUncommitted` and a commit would help. */
  get wantsCommit(): boolean {
    return (
      this.ledger.low > this.committedSeq &&
      (this.backlog.cursor - this.committedSeq) * 2 >= this.#maxUncommitted
    );
  }

  /** What is settled above the watermark, also before the epoch began and not met yet; in order. */
  settledAbove(): OffsetRange[] {
    return [...this.ledger.settledAbove(), ...this.#known.from(this.ledger.position)];
  }

  /** Records handed out and not below the committed offset: at most so many would be handled again after a crash. */
  get replayBound(): number {
    return Math.max(0, this.ledger.top - this.committedSeq);
  }

  /** The broker confirmed the commit of `offset`, which was the watermark when `seq` was its sequence number. */
  confirm(offset: bigint, seq: number, settled: number): void {
    if (offset < this.committed) return;
    this.noted = Math.max(this.noted, settled);
    this.committed = offset;
    this.committedSeq = seq;
    if (this.state === 'running') this.#limit = seq + this.#maxUncommitted;
    this.touch();
  }

  /** Hands out at most `quota` records: those that waited first, then what the cursor meets. Returns how many. */
  take(hands: Hands, quota: number): number {
    const most = Math.min(quota, this.cap - this.inFlight);
    if (most <= 0 || !this.hasWork) return 0;
    const fromLanes = this.lanes.hasReady ? this.#takeReady(hands, most) : 0;
    return fromLanes + this.#takeNew(hands, most - fromLanes);
  }

  #takeReady(hands: Hands, quota: number): number {
    let taken = 0;
    for (const lane of this.lanes.takeReady()) {
      while (lane.size > 0 && taken < quota && hands.hasRoom()) {
        const thread = hands.place(lane.id, this.depth);
        if (thread < 0) {
          this.#park(lane, hands);
          break;
        }
        this.#put(hands, thread, lane.shift());
        taken++;
      }
      this.lanes.list(lane);
    }
    return taken;
  }

  #takeNew(hands: Hands, quota: number): number {
    const { backlog } = this;
    let taken = 0;
    let diverted = 0;
    for (
      let held = backlog.current();
      held && backlog.cursor < this.#limit;
      held = backlog.current()
    ) {
      const end = Math.min(held.firstSeq + held.block.count, this.#limit);
      while (backlog.cursor < end) {
        if (taken >= quota || !hands.hasRoom()) return taken;
        // Past a few records that had to step aside, threads with enough to do are better served by what comes back next.
        if (diverted > DIVERTED_MAX && !hands.isHungry()) return taken;
        const seq = backlog.cursor++;
        if (seq < this.#known.end && this.ledger.isSettled(seq)) continue;
        const at = seq - held.firstSeq;
        const id = held.lane[at] as number;
        const lane = id !== 0 && this.lanes.size > 0 ? this.lanes.of(id) : undefined;
        if (lane) {
          lane.add(seq);
          this.lanes.list(lane);
          diverted++;
          continue;
        }
        const thread = hands.place(id, this.depth);
        if (thread < 0) {
          this.#park(this.lanes.add(id, seq), hands);
          diverted++;
          continue;
        }
        hands.put(thread, this, held, at, 1);
        taken++;
      }
    }
    return taken;
  }

  /** Hands out nothing, unless `drain` says what still is to be done. */
  hold(): void {
    this.state = 'held';
  }

  /**
   * Takes no new record from now on, but those below the highest one that was handed out: a record that is done above
   * a gap would run again with the next owner. Nothing of the partition may wait in a thread unstarted.
   */
  drain(): void {
    this.state = 'draining';
    this.#limit = this.ledger.top;
    this.lanes.cut(this.#limit);
    this.touch();
  }

  /** Whether nothing runs and no gap is left that may be filled and could be before `untilMs`. */
  isDrained(untilMs: number): boolean {
    if (this.inFlight > 0 || this.awaiting > 0) return false;
    return this.state === 'held' || this.lanes.isIdle(untilMs);
  }

  /** Records below the highest one handed out that have not ended, but for those behind a halted one of their key. */
  get unfinished(): number {
    const { top } = this.ledger;
    return this.ledger.open(top) - this.lanes.haltedBelow(top);
  }

  /** One past the highest offset that was handed out; the watermark when nothing above it was. */
  get topOffset(): bigint {
    const { ledger } = this;
    return ledger.top > ledger.low ? ledger.offsetOf(ledger.top - 1) + 1n : ledger.watermark;
  }

  /** Gives the partition up: its records go; what still runs is only counted when it comes back. */
  close(): void {
    this.state = 'closed';
    this.backlog.clear();
    this.lanes.clear();
    this.attempts.clear();
  }

  #put(hands: Hands, thread: number, seq: number): void {
    const held = this.backlog.find(seq);
    hands.put(thread, this, held, seq - held.firstSeq, this.attempts.next(seq));
  }

  /** Ends `count` records of a block from place `at` on. */
  settle(held: Held, at: number, count: number): void {
    const seq = held.firstSeq + at;
    this.ledger.settle(seq, count);
    this.backlog.release(held, count);
    this.attempts.forget(seq, count);
    this.touch();
  }

  /** Lets a lane go on. */
  ready(lane: Lane): void {
    this.lanes.ready(lane);
    this.touch();
  }

  /** A record that was handed out comes back unfinished and waits in its lane; returns the lane. */
  takeBack(held: Held, at: number): Lane {
    const seq = held.firstSeq + at;
    this.ledger.takeBack(seq);
    return this.lanes.add(held.lane[at] as number, seq);
  }

  /** The lane of a record of a block, if it has one. */
  laneAt(held: Held, at: number): Lane | undefined {
    return this.lanes.at(held.lane[at] as number, held.firstSeq + at);
  }

  #park(lane: Lane, hands: Hands): void {
    lane.state = 'parked';
    hands.watch(lane.id, () => {
      if (lane.state === 'parked') this.ready(lane);
    });
  }
}

/** Records that may step aside into lanes in one go. */
const DIVERTED_MAX = 64;

import type { Block } from '../contract/block.ts';
import type { OffsetRange } from '../contract/offset-range.ts';
import type { AbortReason } from '../contract/thread.ts';

/** What the Kafka side needs of the flow: a place for the records of each partition it holds. */
export interface Intake {
  /**
   * Starts an epoch of a partition at offset `start`; `committed` is the group's committed offset, null when there is
   * none: then the start itself is to be committed. `settled`, above the start and in order, is done and runs no more.
   */
  assign(
    topic: string,
    partition: number,
    start: bigint,
    committed: bigint | null,
    settled: readonly OffsetRange[],
  ): Epoch;
  /** Resolves when no record of an earlier epoch of the partition runs any more. */
  whenFree(topic: string, partition: number): Promise<void>;
}

/** One uninterrupted ownership of a partition. */
export interface Epoch {
  readonly isOpen: boolean;
  /** Next offset to fetch. */
  readonly position: bigint;
  /** Bytes that may be asked for now; 0 holds the partition back. */
  room(): number;
  /** Counts bytes asked for, or takes them back when negative. */
  asked(bytes: number): void;
  /** Takes a fetched block; false when the epoch takes no more. */
  admit(block: Block): boolean;
  /** What may be committed and isn't; null when there is nothing new. */
  commitPoint(): CommitPoint | null;
  /** What is settled above the watermark, in order; the lowest part of it when that is much. */
  settledAbove(): OffsetRange[];
  confirm(point: CommitPoint): void;
  drain(untilMs: number, graceMs: number, reason: AbortReason): Promise<Drained>;
  close(): void;
}

export interface CommitPoint {
  readonly offset: bigint;
  readonly seq: number;
  /** Records settled in the epoch by then: what is settled above the watermark is noted with a commit. */
  readonly settled: number;
}

export interface Drained {
  readonly open: number;
  readonly to: bigint;
}

/** A partition that this member holds. */
export class Held {
  readonly topic: string;
  readonly partition: number;
  /**
   * adopting  assigned, its offsets are being looked up
   * running   fetched and handled
   * revoking  goes to another member, or the member stops: drains, commits, is given up
   * stopped   not read any more, by policy; what was handed out still ends and is committed
   */
  state: 'adopting' | 'running' | 'revoking' | 'stopped' = 'adopting';
  epoch: Epoch | null = null;
  /** Id of its topic as Kafka prints it; '' when unknown. */
  topicId = '';
  /** Settled above the committed offset, as the note of the commit says that the epoch is to start from. */
  settled: readonly OffsetRange[] = [];
  /** Leader epoch of the record before the position; -1 when unknown. */
  readEpoch = -1;
  /** Broker that leads it; -1 when unknown. */
  leader = -1;
  /** End of the log as last seen; null when unknown. */
  end: bigint | null = null;
  /** End of what may be read at the isolation level; below `end` while a transaction is open. */
  readableEnd: bigint | null = null;
  /** When the ends were seen, on the clock. */
  endSeenMs = 0;
  committed: bigint | null = null;
  /** Whether a fetch of it is under way or its records are being expanded. */
  isBusy = false;
  /** Not asked for before this time, after an error. */
  notBeforeMs = 0;
  /** Bytes that the next fetch has to ask for at least: its next batch is larger than what was asked for. */
  leastBytes = 0;
  /** Order in which partitions are put into fetches: those served last come last. */
  turn = 0;
  /** Reads in a row that found corrupt bytes. */
  corruptReads = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get name(): string {
    return nameOf(this.topic, this.partition);
  }

  /** Notes the ends of the log that a leader gave at `nowMs`. */
  sawEnds(end: bigint, readableEnd: bigint, nowMs: number): void {
    this.end = end;
    this.readableEnd = readableEnd;
    this.endSeenMs = nowMs;
  }
}

export const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`;

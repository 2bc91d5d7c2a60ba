import { Bell } from './bell.ts';
import { markerBatch, type Outcome } from './log/marker.ts';
import { PartitionLog } from './log/partition-log.ts';
import { Sequences } from './sequences.ts';

/** What is known of a partition beside its records. */
export interface Leadership {
  /** null while no replica is up. */
  readonly leaderId: number | null;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
}

/**
 * A partition: its log, which all replicas share, and which of their nodes leads. `changed` rings when records come in, when
 * a transaction ends, and when the leader changes or the partition is deleted.
 */
export class Partition {
  readonly topic: string;
  readonly index: number;
  readonly log: PartitionLog = new PartitionLog();
  readonly sequences: Sequences = new Sequences();
  readonly changed: Bell = new Bell();
  /** Node ids; the first is preferred as leader. */
  readonly replicas: readonly number[];
  #leadership: Leadership;

  /** `liveIds` are the nodes that are up. */
  constructor(
    topic: string,
    index: number,
    replicas: readonly number[],
    liveIds: readonly number[],
  ) {
    this.topic = topic;
    this.index = index;
    this.replicas = replicas;
    const isr = replicas.filter((id) => liveIds.includes(id));
    this.#leadership = { leaderId: isr[0] ?? null, leaderEpoch: 0, isr };
    this.log.epochs.begin(0, 0n);
  }

  get leaderId(): number | null {
    return this.#leadership.leaderId;
  }

  get leaderEpoch(): number {
    return this.#leadership.leaderEpoch;
  }

  get isr(): readonly number[] {
    return this.#leadership.isr;
  }

  /** Ends a producer's transaction. */
  mark(outcome: Outcome, producerId: bigint, epoch: number, nowMs: number): void {
    const batch = markerBatch(outcome, producerId, epoch, nowMs);
    const baseOffset = this.log.append(batch, this.leaderEpoch, null);
    this.sequences.add(batch, { baseOffset, logAppendTimeMs: -1n });
    this.changed.ring();
  }

  /** Another leader in a new epoch; throws RangeError when the node is no replica in sync. */
  lead(nodeId: number): void {
    if (!this.isr.includes(nodeId)) {
      throw new RangeError(`Node ${nodeId} is no replica in sync of ${this.topic}/${this.index}.`);
    }
    this.#change({ leaderId: nodeId, isr: this.isr });
  }

  /** The log ends before the offset, in a new epoch, as after the election of a leader that did not have the rest. */
  truncate(offset: bigint): void {
    this.log.truncate(offset);
    this.#change({ leaderId: this.leaderId, isr: this.isr });
  }

  /** A node went down: the next replica in sync leads. The last one in sync stays so, as in Kafka. */
  nodeDown(nodeId: number): void {
    if (!this.isr.includes(nodeId)) return;
    const left = this.isr.filter((id) => id !== nodeId);
    const isr = left.length > 0 ? left : this.isr;
    if (this.leaderId === nodeId) this.#change({ leaderId: left[0] ?? null, isr });
    else this.#leadership = { ...this.#leadership, isr };
  }

  /** A node came up: its replica is in sync at once, and leads if nobody does. */
  nodeUp(nodeId: number): void {
    if (!this.replicas.includes(nodeId)) return;
    const isr = this.leaderId === null ? [nodeId] : [...new Set([...this.isr, nodeId])];
    if (this.leaderId === null) this.#change({ leaderId: nodeId, isr });
    else this.#leadership = { ...this.#leadership, isr };
  }

  #change(next: Omit<Leadership, 'leaderEpoch'>): void {
    this.#leadership = { ...next, leaderEpoch: this.leaderEpoch + 1 };
    this.log.epochs.begin(this.leaderEpoch, this.log.endOffset);
    this.changed.ring();
  }
}

import type { Block } from '../../src/contract/block.ts';
import type { OffsetRange } from '../../src/contract/offset-range.ts';
import type { AbortReason } from '../../src/contract/thread.ts';
import {
  type CommitPoint,
  type Drained,
  type Epoch,
  Held,
  type Intake,
  nameOf,
} from '../../src/kafka/intake.ts';
import { settleable } from './fake-broker.ts';

/** An epoch whose records nobody handles but the test. */
export class FakeEpoch implements Epoch {
  isOpen = true;
  position: bigint;
  /** What `room` says. */
  roomBytes: number = 2 ** 20;
  /** Bytes asked for and not answered. */
  askedBytes = 0;
  readonly blocks: Block[] = [];
  readonly confirmed: bigint[] = [];
  /** What is settled above the watermark. */
  above: OffsetRange[] = [];
  readonly drains: {
    readonly untilMs: number;
    readonly graceMs: number;
    readonly reason: AbortReason;
    end(drained: Drained): void;
  }[] = [];
  /** Whether a drain ends at once with nothing open. */
  drainsAtOnce = true;
  onAdmit: () => void = () => {};
  #watermark: bigint;
  #committed: bigint;
  #seq = 0;

  constructor(start = 0n, committed: bigint | null = start) {
    this.position = start;
    this.#watermark = start;
    this.#committed = committed ?? -1n;
  }

  room(): number {
    return this.isOpen ? this.roomBytes : 0;
  }

  asked(bytes: number): void {
    this.askedBytes += bytes;
  }

  admit(block: Block): boolean {
    if (!this.isOpen) return false;
    this.blocks.push(block);
    this.position = block.next;
    this.onAdmit();
    return true;
  }

  /** All records below `offset` are handled. */
  handle(offset: bigint): void {
    this.#watermark = offset;
    this.#seq++;
  }

  commitPoint(): CommitPoint | null {
    if (!this.isOpen || this.#watermark <= this.#committed) return null;
    return { offset: this.#watermark, seq: this.#seq, settled: this.#seq };
  }

  settledAbove(): OffsetRange[] {
    return this.above;
  }

  confirm({ offset }: CommitPoint): void {
    this.confirmed.push(offset);
    if (offset > this.#committed) this.#committed = offset;
  }

  drain(untilMs: number, graceMs: number, reason: AbortReason): Promise<Drained> {
    const { promise, answer } = settleable<Drained>();
    this.drains.push({ untilMs, graceMs, reason, end: answer });
    if (this.drainsAtOnce) answer({ open: 0, to: this.position });
    return promise;
  }

  close(): void {
    this.isOpen = false;
  }
}

/** Where the epochs of a member's partitions come from. */
export class FakeIntake implements Intake {
  readonly assigned: {
    readonly name: string;
    readonly start: bigint;
    readonly committed: bigint | null;
    readonly settled: readonly OffsetRange[];
    readonly epoch: FakeEpoch;
  }[] = [];
  /** Called for each new epoch. */
  onAssign: (epoch: FakeEpoch) => void = () => {};
  readonly #busy = new Map<string, Promise<void>>();

  assign(
    topic: string,
    partition: number,
    start: bigint,
    committed: bigint | null,
    settled: readonly OffsetRange[],
  ): FakeEpoch {
    const epoch = new FakeEpoch(start, committed);
    this.assigned.push({ name: nameOf(topic, partition), start, committed, settled, epoch });
    this.onAssign(epoch);
    return epoch;
  }

  whenFree(topic: string, partition: number): Promise<void> {
    return this.#busy.get(nameOf(topic, partition)) ?? Promise.resolve();
  }

  /** A record of an earlier epoch of the partition still runs, until the result is called. */
  keepBusy(topic: string, partition: number): () => void {
    const { promise, answer } = settleable<void>();
    this.#busy.set(nameOf(topic, partition), promise);
    return () => answer();
  }

  /** The latest epoch of a partition. */
  epoch(topic: string, partition: number): FakeEpoch {
    const name = nameOf(topic, partition);
    const found = this.assigned.findLast((each) => each.name === name);
    if (!found) throw new Error(`${name} was never assigned`);
    return found.epoch;
  }
}

/** A partition that runs from `start` on, with an epoch of its own. */
export function heldOf(topic: string, partition: number, start = 0n): Held & { epoch: FakeEpoch } {
  const held = new Held(topic, partition);
  held.state = 'running';
  held.committed = start;
  return Object.assign(held, { epoch: new FakeEpoch(start) });
}

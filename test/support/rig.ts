import type { PipelineConfig } from '../../src/contract/config.ts';
import { RECORD } from '../../src/contract/thread.ts';
import { type Failure, VERDICT, type Verdict } from '../../src/contract/verdict.ts';
import type { Chunk } from '../../src/flow/chunk.ts';
import type { Epoch } from '../../src/flow/epoch.ts';
import { Flow, type FlowThreads } from '../../src/flow/flow.ts';
import type { Partition } from '../../src/flow/partition.ts';
import { rowOf } from './blocks.ts';
import { FakeClock } from './clock.ts';
import { failureOf, pipelineOf } from './pipeline.ts';

/** A record that was sent, by partition and offset. */
export interface Sent {
  readonly chunk: Chunk;
  readonly place: number;
  readonly partition: number;
  readonly offset: number;
  readonly attempt: number;
}

/** A flow whose threads are the test itself: it sees what is sent and says what comes back, one step at a time. */
export class Rig implements FlowThreads {
  readonly clock: FakeClock = new FakeClock();
  readonly flow: Flow;
  readonly chunks: Chunk[] = [];
  /** Records sent and not back, in the order they were sent. */
  readonly held: Sent[] = [];
  /** What was said to the threads: `open 0`, `recall`, `abort revoked`, `forget`. */
  readonly said: string[] = [];
  readonly recalls: (() => void)[] = [];
  wantsCommit = 0;
  roomAgain = 0;
  isFull = false;
  /** Whether no record of another pipeline is on a thread that is claimed. */
  isYielding = true;
  /** Records of other pipelines that run in a thread that dies. */
  runningElsewhere = 0;
  readonly claims: string[] = [];
  means: number[] = [];
  #index = 0;

  /** Threads with these limits, all up. */
  constructor(pipeline: Partial<PipelineConfig> = {}, limits: readonly number[] = [16]) {
    this.flow = new Flow({
      pipeline: pipelineOf(pipeline),
      limits,
      threads: this,
      clock: this.clock,
      random: () => 0.5,
      onWantCommit: () => {
        this.wantsCommit++;
      },
      onRoom: () => {
        this.roomAgain++;
      },
    });
    for (const thread of limits.keys()) this.flow.threadUp(thread);
  }

  assign(partition = 0, start = 0): Epoch {
    return this.flow.assign('orders', partition, BigInt(start), BigInt(start));
  }

  /** Offsets sent and not back. */
  get offsets(): number[] {
    return this.held.map(({ offset }) => offset);
  }

  /** Threads that hold the offsets, in the same order. */
  get holders(): number[] {
    return this.held.map(({ chunk }) => chunk.thread);
  }

  /** The record of this offset comes back. */
  back(offset: number, verdict: Verdict = VERDICT.ack, hasOutputs = false): Sent {
    const sent = this.#take(offset);
    this.flow.back(sent.chunk, sent.place, 1, verdict, hasOutputs);
    this.flow.turn();
    return sent;
  }

  fail(offset: number, failure: Partial<Failure> = {}): Sent {
    const sent = this.#take(offset);
    this.flow.failed(sent.chunk, sent.place, failureOf(failure));
    this.flow.turn();
    return sent;
  }

  /** The first thread answers that it has opened the keys that failures had closed. */
  opened(): void {
    for (const { partition } of this.flow.epochs) {
      for (const { id } of partition.lanes.closedBy(0)) this.flow.opened(partition.index, id);
    }
    this.flow.turn();
  }

  /** A thread dies with these offsets running, some of them for too long; the others it has were not started. */
  die(thread: number, running: readonly number[], overdue: readonly number[] = []): void {
    const lost = this.held.filter(({ chunk }) => chunk.thread === thread);
    for (const sent of lost) this.held.splice(this.held.indexOf(sent), 1);
    this.flow.threadDied(
      thread,
      overdue.length > 0 ? 'stuck' : 'crash',
      'gone',
      lost.map(({ chunk, place, offset }) => ({
        chunk,
        place,
        state: running.includes(offset) ? RECORD.running : RECORD.waiting,
        isOverdue: overdue.includes(offset),
      })),
      running.length + this.runningElsewhere,
    );
  }

  #take(offset: number): Sent {
    const at = this.held.findIndex((sent) => sent.offset === offset);
    const [sent] = this.held.splice(at, 1);
    if (at < 0 || !sent) throw new Error(`offset ${offset} is on no thread`);
    return sent;
  }

  // ---- FlowThreads

  send(chunk: Chunk): void {
    this.chunks.push(chunk);
    let place = 0;
    for (const { block, from, to, owner, attempt } of chunk.runs) {
      for (let at = from; at < to; at++) {
        const offset = Number(block.base) + (block.offset[at] as number);
        this.held.push({ chunk, place: place++, partition: owner.partition, offset, attempt });
      }
    }
  }

  meanMs(partition: number): number {
    return this.means[partition] ?? 0;
  }

  nextIndex(): number {
    return this.#index++;
  }

  announce(partition: Partition): void {
    this.said.push(`announce ${partition.partition}`);
  }

  forget(partition: Partition): void {
    this.said.push(`forget ${partition.partition}`);
  }

  open(thread: number): void {
    this.said.push(`open ${thread}`);
  }

  recall(partition: Partition): Promise<void> {
    this.said.push(`recall ${partition.partition}`);
    return new Promise((resolve) => this.recalls.push(resolve));
  }

  abort(partition: Partition, reason: string): void {
    this.said.push(`abort ${partition.partition} ${reason}`);
  }

  claim(thread: number): boolean {
    this.claims.push(`claim ${thread}`);
    return this.isYielding;
  }

  unclaim(thread: number): void {
    this.claims.push(`unclaim ${thread}`);
  }

  isSaturated(): boolean {
    return this.isFull;
  }
}

/** Three records of one key on a thread, from offset 0 on, and two of others. */
export function keyed(pipeline: Partial<PipelineConfig> = {}): { rig: Rig; epoch: Epoch } {
  const rig = new Rig(pipeline);
  const epoch = rig.assign();
  epoch.admit(rowOf(0, 5, (i) => (i < 3 ? 1 : i)));
  return { rig, epoch };
}

/** As a thread does after a failure: gives back what it holds of the key. */
export function giveBack(rig: Rig, ...offsets: number[]): void {
  for (const offset of offsets) rig.back(offset, VERDICT.notRun);
}

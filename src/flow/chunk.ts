import type { Block } from '../contract/block.ts';
import type { ChunkPlan, ChunkRun } from '../contract/chunk.ts';
import type { Held } from './backlog.ts';
import type { Partition } from './partition.ts';

/** Records in a row of one block, in a chunk. */
export class Run implements ChunkRun {
  readonly owner: Partition;
  readonly held: Held;
  readonly from: number;
  to: number;
  readonly attempt: number;
  /** Sent by itself to a thread without other work: it may kill the thread. */
  readonly isSolo: boolean;

  constructor(owner: Partition, held: Held, at: number, attempt: number, isSolo: boolean) {
    this.owner = owner;
    this.held = held;
    this.from = at;
    this.to = at + 1;
    this.attempt = attempt;
    this.isSolo = isSolo;
  }

  get block(): Block {
    return this.held.block;
  }

  get lane(): Int32Array {
    return this.held.lane;
  }

  get partition(): number {
    return this.owner.index;
  }

  get shift(): number {
    return this.held.shift;
  }
}

/** The records that go to a thread in one message. Places in it are numbered through its runs. */
export class Chunk implements ChunkPlan {
  readonly thread: number;
  readonly runs: Run[] = [];
  count = 0;
  bytes = 0;

  constructor(thread: number) {
    this.thread = thread;
  }

  /** Calls `visit` for the parts of the runs that cover the places `place` to `place + count`. */
  each(place: number, count: number, visit: (run: Run, at: number, count: number) => void): void {
    let first = 0;
    for (const run of this.runs) {
      const size = run.to - run.from;
      const from = Math.max(place, first);
      const to = Math.min(place + count, first + size);
      if (from < to) visit(run, run.from + from - first, to - from);
      first += size;
      if (first >= place + count) return;
    }
  }
}

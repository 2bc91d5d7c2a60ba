import type { ChunkPlan, ChunkRun } from '../../src/contract/chunk.ts';
import { viewChunk } from '../../src/contract/chunk.ts';
import { pack } from '../../src/pool/pack.ts';
import type { Inbox } from '../../workers/record.ts';
import { Slabs } from '../../workers/slabs.ts';
import { type BodySpec, blockOfBodies } from './record-bodies.ts';

/** A plan that knows the offsets of its records, so that a test can say which one it hears of. */
export interface TestPlan extends ChunkPlan {
  readonly offsets: readonly number[];
}

export interface PlanOptions {
  readonly thread?: number;
  /** Index of the partition. */
  readonly partition?: number;
  readonly attempt?: number;
}

/** A chunk of these records, as one run over a block of their own. */
export function planOf(records: readonly BodySpec[], options: PlanOptions = {}): TestPlan {
  const { thread = 0, partition = 0, attempt = 1 } = options;
  const block = blockOfBodies(records, 0n);
  const lane = Int32Array.from(records, (record) => record.lane ?? 0);
  const run = { block, lane, from: 0, to: block.count, partition, shift: 0, attempt };
  return planOfRuns([run], thread);
}

export function planOfRuns(runs: readonly ChunkRun[], thread = 0): TestPlan {
  const count = runs.reduce((sum, { from, to }) => sum + to - from, 0);
  const bytes = runs.reduce(
    (sum, { block, from, to }) =>
      sum + (block.end[to - 1] as number) - (block.start[from] as number),
    0,
  );
  const offsets = runs.flatMap(({ block, from, to, shift }) =>
    [...block.offset.subarray(from, to)].map((offset) => offset + shift),
  );
  return { thread, count, bytes, runs, offsets };
}

/** The chunk as the thread sees it once it has arrived. */
export function inboxOf(plan: ChunkPlan, page = 0): Inbox {
  const buffer = pack(plan);
  const { count } = plan;
  const bytes = Buffer.from(buffer);
  const slabs = new Slabs(bytes);
  return { ...viewChunk(buffer, count), page, count, buffer: bytes, slabs, next: 0 };
}

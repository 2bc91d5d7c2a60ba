import type { ChunkPlan } from '../contract/chunk.ts';
import { placeOf } from '../contract/chunk.ts';
import type { Reply } from '../contract/thread.ts';
import { type Failure, VERDICT, type Verdict } from '../contract/verdict.ts';
import type { PoolListener } from './pool-listener.ts';
import type { WorkerThread } from './worker-thread.ts';

/** Tells a pipeline the verdicts of a reply in their order, then its outputs, then that the burst is over. */
export function deliverReply<Chunk extends ChunkPlan>(
  { runs, failures, outputs }: Reply,
  thread: WorkerThread<Chunk>,
  listener: PoolListener<Chunk>,
): void {
  const sources = new Map<number, { chunk: Chunk; place: number }>();
  let failure = 0;
  for (let i = 0; i < runs.length; i += 3) {
    const token = runs[i] as number;
    const count = runs[i + 1] as number;
    const verdict = runs[i + 2] as Verdict;
    const place = placeOf(token);
    const chunk = thread.answered(token, count);
    if (verdict === VERDICT.fail) {
      listener.failed(chunk, place, (failures[failure++] as { failure: Failure }).failure);
      continue;
    }
    if (verdict === VERDICT.produced) {
      for (let k = 0; k < count; k++) sources.set(token + k, { chunk, place: place + k });
    }
    listener.verdict(chunk, place, count, verdict);
  }
  if (outputs) {
    listener.outputs(outputs, (token) => sources.get(token) as { chunk: Chunk; place: number });
  }
  listener.turn();
}

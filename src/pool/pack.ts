import { type ChunkPlan, indexBytes, viewChunk } from '../contract/chunk.ts';

/**
 * Packs the records of a chunk into one buffer to be transferred. Neighbours in a block are copied in one go with the
 * few bytes between them; their index entries are only shifted.
 */
export function pack(plan: ChunkPlan): ArrayBuffer {
  const { count, runs } = plan;
  const head = indexBytes(count);
  let size = head;
  for (const { block, from, to } of runs) {
    size += (block.end[to - 1] as number) - (block.start[from] as number);
  }
  const buffer = new ArrayBuffer(size);
  const views = viewChunk(buffer, count);
  let place = 0;
  let at = head;
  for (const { block, lane, from, to, partition, shift, attempt } of runs) {
    const first = block.start[from] as number;
    const last = block.end[to - 1] as number;
    views.bytes.set(block.bytes.subarray(first, last), at);
    const move = at - first;
    for (let i = from; i < to; i++, place++) {
      views.offset[place] = (block.offset[i] as number) + shift;
      views.timestamp[place] = block.timestamp[i] as number;
      views.start[place] = (block.start[i] as number) + move;
      views.end[place] = (block.end[i] as number) + move;
      views.lane[place] = lane[i] as number;
      views.partition[place] = partition;
      views.attempt[place] = attempt;
    }
    at += last - first;
  }
  return buffer;
}

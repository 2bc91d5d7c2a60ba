import type { Holding } from '../contract/status.ts';
import type { Chunk } from './chunk.ts';
import type { Lane } from './lane.ts';
import type { Partition } from './partition.ts';

/** A chunk that a thread has. */
export interface SentChunk {
  readonly thread: number;
  readonly chunk: Chunk;
  /** Of the record at a place of the chunk: its handler was called and has not ended, has not been called, or its verdict is here. */
  readonly stateOf: (place: number) => 'running' | 'sent' | 'back';
}

/** Where the first open record of a partition is. */
export interface Holder {
  readonly thread: number;
  readonly state: 'running' | 'sent';
}

/** By partition: the thread that has its first open record, where one has it. One pass over all that was sent. */
export function holdersOf(sent: Iterable<SentChunk>): Map<Partition, Holder> {
  const holders = new Map<Partition, Holder>();
  for (const { thread, chunk, stateOf } of sent) {
    let place = 0;
    for (const { owner, held, from, to } of chunk.runs) {
      const at = owner.ledger.low - held.firstSeq;
      const state = at >= from && at < to ? stateOf(place + at - from) : 'back';
      if (state !== 'back') holders.set(owner, { thread, state });
      place += to - from;
    }
  }
  return holders;
}

/** The record that holds the watermark of a partition where it is, and why; null when nothing is open. */
export function holdingOf(
  partition: Partition,
  found: Holder | undefined,
): Omit<Holding, 'sinceMs'> | null {
  const { ledger, backlog, attempts } = partition;
  const seq = ledger.low;
  if (partition.state === 'closed' || seq === ledger.next) return null;
  const held = backlog.find(seq);
  const at = seq - held.firstSeq;
  const hash = held.block.hash[at] as number;
  return {
    offset: ledger.offsetOf(seq),
    keyHash: hash === 0 ? null : (hash >>> 0).toString(16).padStart(8, '0'),
    attempt: attempts.next(seq),
    thread: found?.thread ?? null,
    why: found?.state ?? whyHere(partition.laneAt(held, at), ledger.isWaiting(seq)),
  };
}

/** Why a record that no thread has is where it is. */
function whyHere(lane: Lane | undefined, isWaiting: boolean): Holding['why'] {
  if (!isWaiting) return 'outputs';
  if (lane?.state === 'halted') return 'halted';
  if (lane?.state === 'waiting') return 'retry';
  return lane?.state === 'solo' ? 'alone' : 'thread';
}

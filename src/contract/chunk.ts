import type { Block } from './block.ts';

/** What `flow` decides: the records of a chunk, as runs over blocks. `pool` packs it. */
export interface ChunkPlan {
  readonly thread: number;
  readonly count: number;
  /** Bytes of all records. */
  readonly bytes: number;
  readonly runs: readonly ChunkRun[];
}

/** Records `from` to `to` (exclusive) of a block, all at the same attempt. */
export interface ChunkRun {
  readonly block: Block;
  /** Per record of the block: its lane, 0 is free. */
  readonly lane: Int32Array;
  readonly from: number;
  readonly to: number;
  /** Index of the partition, as in ToThread 'partition'. */
  readonly partition: number;
  /** What to add to `block.offset` to count from the origin of the partition. */
  readonly shift: number;
  readonly attempt: number;
}

/**
 * The records that go to a thread in one message, as one transferred ArrayBuffer: an index of typed arrays, then the
 * bytes. Both ends view it through this file, so the layout stands in one place.
 *
 * ```
 * f64 offset[n]     offset minus the origin of its partition
 * f64 timestamp[n]  ms since 1970
 * i32 start[n]      where the record's body starts, from the start of the buffer
 * i32 end[n]        where it ends
 * i32 lane[n]       records of one lane run one after another; 0 is free
 * i32 partition[n]  index of the partition, see ToThread 'partition'
 * i32 attempt[n]    attempt number, from 1
 * bytes             record bodies, layout as in Block
 * ```
 */
export interface ChunkViews {
  readonly bytes: Uint8Array;
  readonly offset: Float64Array;
  readonly timestamp: Float64Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly lane: Int32Array;
  readonly partition: Int32Array;
  readonly attempt: Int32Array;
}

/** Records a chunk may hold; a token (page and place in the page) has 8 bits for the place. */
export const CHUNK_RECORDS = 256;
/** Records that a thread may hold beyond those that run. */
export const AHEAD_MAX = 2048;
/** Bytes past which a chunk takes no further record. */
export const CHUNK_BYTES: number = 256 * 1024;

/** Bytes of the index in front of the record bytes. */
export const indexBytes = (count: number): number => count * 36;

export function viewChunk(buffer: ArrayBuffer, count: number): ChunkViews {
  const words = count * 16;
  return {
    bytes: new Uint8Array(buffer),
    offset: new Float64Array(buffer, 0, count),
    timestamp: new Float64Array(buffer, count * 8, count),
    start: new Int32Array(buffer, words, count),
    end: new Int32Array(buffer, words + count * 4, count),
    lane: new Int32Array(buffer, words + count * 8, count),
    partition: new Int32Array(buffer, words + count * 12, count),
    attempt: new Int32Array(buffer, words + count * 16, count),
  };
}

/** A record that a thread holds: the page its chunk was given, and its place in the chunk. */
export const tokenOf = (page: number, place: number): number => (page << 8) | place;
export const pageOf = (token: number): number => token >>> 8;
export const placeOf = (token: number): number => token & 255;

import { type Block, NO_KEY } from '../../src/contract/block.ts';

/** A record as tests write it down. */
export interface RecordSpec {
  readonly offset: number;
  /** Number that stands for the key's bytes; null is no key. */
  readonly key: number | null;
  /** Bytes of its body; default 8. */
  readonly size?: number;
}

/** Hash of a key: different keys have different hashes, spread over all 32 bits. */
export function hashOf(key: number | null): number {
  if (key === null) return NO_KEY;
  return Math.imul(key + 1, 0x9e3779b1) || 1;
}

/** A block of these records; `next` defaults to one past the last of them. */
export function blockOf(records: readonly RecordSpec[], next?: number): Block {
  const count = records.length;
  const base = records[0]?.offset ?? next ?? 0;
  const block = {
    base: BigInt(base),
    count,
    offset: new Float64Array(count),
    timestamp: new Float64Array(count),
    start: new Int32Array(count),
    end: new Int32Array(count),
    hash: new Int32Array(count),
    next: BigInt(next ?? (records.at(-1)?.offset ?? 0) + 1),
  };
  let at = 0;
  for (const [i, record] of records.entries()) {
    block.offset[i] = record.offset - base;
    block.timestamp[i] = record.offset;
    block.hash[i] = hashOf(record.key);
    block.start[i] = at;
    at += record.size ?? 8;
    block.end[i] = at;
  }
  return { ...block, bytes: new Uint8Array(at) };
}

/** A block of `count` records in a row from `offset` on, whose keys `keyOf` names. */
export function rowOf(
  offset: number,
  count: number,
  keyOf: (i: number) => number | null = () => null,
): Block {
  return blockOf(Array.from({ length: count }, (_, i) => ({ offset: offset + i, key: keyOf(i) })));
}

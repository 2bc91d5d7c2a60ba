/**
 * A fetched record set, scanned: the bytes of its records plus an index of them. It is what `kafka` hands to `flow`
 * and what `pool` packs chunks from. A block never owns JavaScript objects per record: values, headers and even keys
 * stay bytes until a worker thread reads them.
 *
 * The body of record `i` is `bytes[start[i]..end[i])` in the layout of Kafka's record format v2 from the key on
 * (Kafka protocol, "Record"): key length (zigzag varint, -1 is null), key, value length (the same), value, header
 * count (zigzag varint), then per header name length, name, value length, value.
 */
export interface Block {
  /** Own memory, not a view of a fetch response with other partitions in it. */
  readonly bytes: Uint8Array;
  /** Offset that `offset[i]` counts from. */
  readonly base: bigint;
  /** Number of records; may be 0 (only control, aborted or compacted records were there). */
  readonly count: number;
  /** Per record, strictly increasing: its offset minus `base`. Exact integers below 2^53. */
  readonly offset: Float64Array;
  /** Per record: milliseconds since 1970, -1 when the record has none. */
  readonly timestamp: Float64Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** Per record: 32-bit hash of the key's bytes, never 0; 0 means that the key is null. */
  readonly hash: Int32Array;
  /** One past the last offset that the record set covers, records that aren't delivered included. */
  readonly next: bigint;
}

/** Hash value of a record without a key. */
export const NO_KEY = 0;

/**
 * 32-bit FNV-1a over `bytes[from..to)`, with an end mix so that close keys don't share low bits; never `NO_KEY`.
 * Equal key bytes give equal hashes on every thread. Source: FNV-1a (draft-eastlake-fnv), murmur3's fmix32.
 */
export function keyHash(bytes: Uint8Array, from: number, to: number): number {
  let h = 0x811c9dc5;
  for (let i = from; i < to; i++) h = Math.imul(h ^ (bytes[i] as number), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  return h === NO_KEY ? 1 : h;
}

/**
 * The partition that Kafka's Java producer, and every client that agrees with it, gives a key.
 * Source: `org.apache.kafka.common.utils.Utils.murmur2` (MurmurHash2, 32 bits, seed 0x9747b28c).
 *
 * `partitions` is at least 1. A null key has no partition of its own: the producer spreads those.
 */
export function partitionFor(key: Uint8Array, partitions: number): number {
  // Clearing the sign bit is Kafka's toPositive: not the absolute value.
  return (murmur2(key) & 0x7fff_ffff) % partitions;
}

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** Signed 32-bit hash of the bytes. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.byteLength;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const tail = length - (length % 4);
  let h = SEED ^ length;
  for (let at = 0; at < tail; at += 4) {
    let k = Math.imul(view.getInt32(at, true), M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  for (let at = length - 1; at >= tail; at--) {
    h ^= view.getUint8(at) << ((at - tail) * 8);
    if (at === tail) h = Math.imul(h, M);
  }
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

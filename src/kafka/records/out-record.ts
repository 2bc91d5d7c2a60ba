/** A record on its way to a topic, and the room it takes in a batch. */
export interface OutRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** In this order; names may repeat and be empty. A name that is a string is written as UTF-8. */
  readonly headers: readonly (readonly [name: string | Uint8Array, value: Uint8Array | null])[];
  /**
   * Milliseconds since 1970, a whole number; -1: the record has none; null: the time of the batch.
   */
  readonly timestampMs: number | null;
}

/**
 * Length, attributes, timestamp and offset delta, key and value length, header count, each at its
 * longest.
 */
const RECORD_OVERHEAD_BYTES = 5 + 1 + 10 + 5 + 5 + 5 + 5;
const HEADER_OVERHEAD_BYTES = 5 + 5;

/**
 * Upper bound of the bytes of a record in a batch before compression, for filling batches up to a
 * limit. Above the true size by at most 36 bytes and 8 a header.
 */
export function sizeOf(record: OutRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES;
  bytes += (record.key?.byteLength ?? 0) + (record.value?.byteLength ?? 0);
  for (const [name, value] of record.headers) {
    bytes += HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + (value?.byteLength ?? 0);
  }
  return bytes;
}

import { BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES, Batch } from './batch.ts';
import { zigzagAt } from './zigzag.ts';

/** A record where it stands among the records of its batch. */
interface Placed {
  readonly offset: bigint;
  /** Its key as text that tells keys apart; null for none. */
  readonly key: string | null;
  readonly start: number;
  readonly end: number;
}

/**
 * What is left of batches when of each key only the last record is kept, in their order: a batch with fewer records, or none in
 * its place when nothing is left of it. The last batch, batches of control records, and those that can't be looked into (compressed,
 * or not what the header promises) stay as they are. Offsets stay, so they have gaps then. Source: Kafka 4.1, LogCleaner.
 */
export function compacted(batches: readonly Batch[]): Batch[] {
  const records = batches.map((batch) => recordsOf(batch));
  const last = new Map<string, bigint>();
  for (const { offset, key } of records.flatMap((each) => each ?? [])) {
    if (key !== null) last.set(key, offset);
  }
  const kept: Batch[] = [];
  for (const [i, batch] of batches.entries()) {
    const own = records[i] ?? null;
    if (own === null || i === batches.length - 1) {
      kept.push(batch);
      continue;
    }
    const left = own.filter(({ key, offset }) => key === null || last.get(key) === offset);
    if (left.length === own.length) kept.push(batch);
    else if (left.length > 0) kept.push(withRecords(batch, left));
  }
  return kept;
}

function withRecords(batch: Batch, left: readonly Placed[]): Batch {
  const pieces = left.map(({ start, end }) => batch.records.subarray(start, end));
  const bytes = Buffer.concat([batch.bytes.subarray(0, BATCH_HEADER_BYTES), ...pieces]);
  const rewritten = new Batch(bytes);
  rewritten.resize(bytes.length - BATCH_PREFIX_BYTES, left.length);
  return rewritten;
}

/** The records of a plain batch; null when there is more to it. */
function recordsOf(batch: Batch): Placed[] | null {
  if (batch.codec !== 0 || batch.isControl) return null;
  const { records, baseOffset, recordCount } = batch;
  const found: Placed[] = [];
  let at = 0;
  for (let i = 0; i < recordCount; i++) {
    const length = zigzagAt(records, at);
    if (length === null || length.value < 0n) return null;
    // A byte of attributes is between the length and the deltas.
    const time = zigzagAt(records, length.end + 1);
    const delta = time && zigzagAt(records, time.end);
    const keyLength = delta && zigzagAt(records, delta.end);
    if (!delta || !keyLength) return null;
    const end = length.end + Number(length.value);
    const keyEnd = keyLength.end + Math.max(0, Number(keyLength.value));
    if (keyEnd > end || end > records.length) return null;
    const key = keyLength.value < 0n ? null : records.toString('latin1', keyLength.end, keyEnd);
    found.push({ offset: baseOffset + delta.value, key, start: at, end });
    at = end;
  }
  return found;
}

import { gunzipSync } from 'node:zlib';
import type { Batch } from './batch.ts';
import { zigzagAt } from './zigzag.ts';

/** A record's offset, and its time in ms since 1970. */
export interface RecordTime {
  readonly offset: bigint;
  readonly timestamp: bigint;
}

const GZIP = 1;
/** More than this of one batch is not expanded to look for a time. */
const MAX_EXPANDED_BYTES = 64 * 1024 * 1024;

/**
 * The times of a batch's records in their order; null where they cannot be read: compressed otherwise than with gzip, or not
 * what the header promises. Only the first fields of each record are read.
 */
export function recordTimes(batch: Batch): RecordTime[] | null {
  const records = expanded(batch);
  if (records === null) return null;
  const { baseOffset, baseTimestamp, recordCount } = batch;
  const stamp = batch.hasLogAppendTime ? batch.maxTimestamp : null;
  const times: RecordTime[] = [];
  let at = 0;
  for (let i = 0; i < recordCount; i++) {
    const length = zigzagAt(records, at);
    if (length === null || length.value < 0n) return null;
    // A byte of attributes is between the length and the deltas.
    const time = zigzagAt(records, length.end + 1);
    const offset = time === null ? null : zigzagAt(records, time.end);
    if (time === null || offset === null) return null;
    times.push({
      offset: baseOffset + offset.value,
      timestamp: stamp ?? baseTimestamp + time.value,
    });
    at = length.end + Number(length.value);
  }
  return times;
}

function expanded(batch: Batch): Buffer | null {
  if (batch.codec === 0) return batch.records;
  if (batch.codec !== GZIP) return null;
  try {
    return gunzipSync(batch.records, { maxOutputLength: MAX_EXPANDED_BYTES });
  } catch {
    // A producer's bytes may be anything; its consumers will find out.
    return null;
  }
}

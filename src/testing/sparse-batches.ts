import { type RawBatchOptions, type RawRecord, rawBatch } from './raw-batch.ts';

/** Header fields of a batch whose records follow from its name. */
export type SparseOptions = Omit<RawBatchOptions, 'lastOffsetDelta' | 'recordCount'>;

/**
 * A batch of one offset and no record: what Kafka's cleaner leaves of a producer's last batch, so that its sequence numbers are not
 * forgotten. Source: Kafka, DefaultRecordBatch.writeEmptyHeader; recordCount is 0.
 */
export const emptyBatch = (options: SparseOptions = {}): Buffer => compactedBatch(1, options);

/** A batch of `offsets` offsets whose records are all compacted away: the range stays, and the next batch is behind it. */
export function compactedBatch(offsets: number, options: SparseOptions = {}): Buffer {
  if (!Number.isInteger(offsets) || offsets < 1) {
    throw new RangeError(`A batch covers at least one offset, not ${offsets}.`);
  }
  return rawBatch([], { ...options, lastOffsetDelta: offsets - 1 });
}

/** A batch of two records with `gap` offsets between them that no record has, as after compaction. */
export function gappedBatch(
  [first, last]: readonly [RawRecord, RawRecord],
  gap = 1_000_000,
  options: SparseOptions = {},
): Buffer {
  return rawBatch(
    [
      { ...first, offsetDelta: 0 },
      { ...last, offsetDelta: gap + 1 },
    ],
    options,
  );
}

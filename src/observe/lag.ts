import type { PartitionStatus } from '../contract/status.ts';

/** How long ago a broker may have answered for "lately", in ms. */
export const LATELY_MS = 15_000;

type Ends = Pick<PartitionStatus, 'watermark' | 'end' | 'readableEnd' | 'endAgeMs'>;

/**
 * The lag of a partition: high watermark minus watermark, at least 0. null when it is unknown, which is also when the
 * leader has been silent for a while: a lag of last week's end would look like a small one.
 */
export function lagOf(partition: Ends): bigint | null {
  return distance(partition, partition.end);
}

/** As `lagOf`, but only what may be read now: without records of transactions that are open, under readCommitted. */
export function readableLagOf(partition: Ends): bigint | null {
  return distance(partition, partition.readableEnd);
}

function distance({ watermark, endAgeMs }: Ends, end: bigint | null): bigint | null {
  if (watermark === null || end === null || endAgeMs === null || endAgeMs > LATELY_MS) return null;
  return end > watermark ? end - watermark : 0n;
}

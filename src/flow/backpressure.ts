/** What of a partition counts against the pipeline's buffer. */
export interface Load {
  /** Fetched and not settled. */
  readonly records: number;
  readonly bytes: number;
  /** Bytes asked for and not yet here. */
  readonly askedBytes: number;
  /** Whether the partition was over its share and has not yet come down to the low mark. */
  readonly isPaused: boolean;
}

export interface Limits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/**
 * Bytes that may be fetched for a partition now; 0 pauses it. A pure function of the budgets, so that a pause ends
 * exactly when its cause ends. Each of `partitions` partitions has an equal share of the buffer: one that
 * can't get rid of its records never holds up another. Past its share it is paused until it is down to half.
 */
export function roomFor(load: Load, limits: Limits, partitions: number): number {
  const shareBytes = Math.max(1, Math.floor(limits.maxBytes / partitions));
  const shareRecords = Math.max(1, Math.floor(limits.maxRecords / partitions));
  const bytes = load.bytes + load.askedBytes;
  if (load.isPaused && (bytes * 2 > shareBytes || load.records * 2 > shareRecords)) return 0;
  if (load.records >= shareRecords) return 0;
  return Math.max(0, shareBytes - bytes);
}

/** Offsets of one partition from `from` to before `to`. */
export type OffsetRange = readonly [from: bigint, to: bigint];

/** What one run of one system printed. */
export interface PeerResult {
  readonly perSecond: number;
  /** From the start of the process to its first record. */
  readonly firstMs: number;
  readonly rssMb: number;
  readonly cpuSecondsPerMillion: number;
}

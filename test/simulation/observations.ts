/** What a run has seen, so that one in which nothing happened can be told from one that held. */
export class Observations {
  static readonly names: readonly (keyof Observations)[] = Object.keys(
    new Observations(),
  ) as (keyof Observations)[];
  /** Handlers started; records that ran again after they were settled; runs of one key at the same time in two processes. */
  runs = 0;
  repeated = 0;
  overlaps = 0;
  commits = 0;
  /** Commits that only pass over offsets without records. */
  gapsCommitted = 0;
  assignments = 0;
  revocations = 0;
  /** Revocations, and kills, while a handler ran. */
  revokedRunning = 0;
  killedRunning = 0;
  /** Drains that were not over in time; partitions that a stop left with open records; those it left clean. */
  deadlines = 0;
  abandoned = 0;
  cleanStops = 0;
  /** Processes that did not stop in time: a broker did not answer. */
  forced = 0;
  /** Failed attempts by what follows. */
  retry = 0;
  halt = 0;
  drop = 0;
  /** Records that shared a thread when it died. */
  suspects = 0;
  /** Records that were handled for an epoch that was over. */
  stale = 0;
  /** Partitions whose committed offset the log no longer held. */
  offsetsLost = 0;
}

/** Limits and waits of the group coordinator, named in Kafka's own configuration as the comments say. */
export interface GroupSettings {
  /**
   * How long the first rebalance of an empty group waits for further members, in ms; again as long for each wait in which
   * one came, up to the rebalance timeout (`group.initial.rebalance.delay.ms`).
   */
  readonly initialRebalanceDelayMs: number;
  /** Shortest session that a member may ask for, in ms (`group.min.session.timeout.ms`). */
  readonly minSessionTimeoutMs: number;
  /** Longest one (`group.max.session.timeout.ms`). */
  readonly maxSessionTimeoutMs: number;
  /** How long the first JoinGroup of a member may wait, in ms; a constant in Kafka. */
  readonly newMemberTimeoutMs: number;
  /** Members a group may have (`group.max.size`). */
  readonly maxMembers: number;
  /** Longest metadata of a committed offset, in UTF-16 code units as in Kafka (`offset.metadata.max.bytes`). */
  readonly maxOffsetMetadataLength: number;
}

/** Kafka 4.1's defaults. */
export const GROUP_DEFAULTS: GroupSettings = {
  initialRebalanceDelayMs: 3000,
  minSessionTimeoutMs: 6000,
  maxSessionTimeoutMs: 1_800_000,
  newMemberTimeoutMs: 300_000,
  maxMembers: 2 ** 31 - 1,
  maxOffsetMetadataLength: 4096,
};

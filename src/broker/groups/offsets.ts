/** What a group committed for a partition. */
export interface CommittedOffset {
  readonly offset: bigint;
  /** -1 when the committer did not tell. */
  readonly leaderEpoch: number;
  readonly metadata: string;
}

interface Entry extends CommittedOffset {
  /** Order in which it was committed, or would have been but for its transaction. */
  readonly order: number;
}
type Table = Map<string, Map<number, Entry>>;

/**
 * The offsets that a group has committed, and those that open transactions will commit. Checks nothing: neither who commits
 * nor whether offsets go backwards, as in Kafka. Source: Kafka 4.1, OffsetMetadataManager.
 */
export class GroupOffsets {
  readonly #committed: Table = new Map();
  readonly #pending = new Map<bigint, Table>();
  #order = 0;

  commit(topic: string, partition: number, committed: CommittedOffset): void {
    put(this.#committed, topic, partition, { ...committed, order: this.#order++ });
  }

  committed(topic: string, partition: number): CommittedOffset | null {
    return this.#committed.get(topic)?.get(partition) ?? null;
  }

  /** The partitions that have a committed offset, by topic. */
  partitions(): ReadonlyMap<string, readonly number[]> {
    return new Map([...this.#committed].map(([topic, entries]) => [topic, [...entries.keys()]]));
  }

  /** Keeps a commit until the producer's transaction ends. */
  addPending(
    producerId: bigint,
    topic: string,
    partition: number,
    committed: CommittedOffset,
  ): void {
    const table: Table = this.#pending.get(producerId) ?? new Map();
    this.#pending.set(producerId, table);
    put(table, topic, partition, { ...committed, order: this.#order++ });
  }

  /** Whether an open transaction will commit the partition. */
  isPending(topic: string, partition: number): boolean {
    for (const table of this.#pending.values()) if (table.get(topic)?.has(partition)) return true;
    return false;
  }

  /** Ends a producer's transaction. Of an offset and a plain commit made after it, the later stands. */
  complete(producerId: bigint, isCommit: boolean): void {
    const table: Table = this.#pending.get(producerId) ?? new Map();
    this.#pending.delete(producerId);
    if (!isCommit) return;
    for (const [topic, entries] of table) {
      for (const [partition, entry] of entries) {
        const present = this.#committed.get(topic)?.get(partition);
        if (present === undefined || present.order < entry.order) {
          put(this.#committed, topic, partition, entry);
        }
      }
    }
  }

  /** Forgets the partition, also what transactions would commit for it. */
  delete(topic: string, partition: number): void {
    for (const table of [this.#committed, ...this.#pending.values()]) {
      const entries = table.get(topic);
      entries?.delete(partition);
      if (entries?.size === 0) table.delete(topic);
    }
  }

  deleteTopic(topic: string): void {
    for (const table of [this.#committed, ...this.#pending.values()]) table.delete(topic);
  }
}

function put(table: Table, topic: string, partition: number, entry: Entry): void {
  const entries = table.get(topic) ?? new Map<number, Entry>();
  table.set(topic, entries);
  entries.set(partition, entry);
}

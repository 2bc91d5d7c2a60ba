/**
 * The broker's side of the APIs that our own requests use, field by field from the protocol's description: reads
 * what was encoded, writes answers. Shares nothing with kafkajs nor with the code under test. Source: Kafka protocol,
 * Produce 7, Fetch 11, ListOffsets 3, OffsetCommit 7, OffsetFetch 4, Metadata 12.
 */

/** A partition in a request or an answer, with what the API says of it. */
export type OfPartition<Fields> = Fields & { readonly topic: string; readonly partition: number };

export interface Requests {
  readonly Produce: {
    readonly transactionalId: string | null;
    readonly acks: number;
    readonly timeoutMs: number;
    readonly partitions: readonly OfPartition<{ readonly set: Buffer }>[];
  };
  readonly Fetch: {
    readonly replicaId: number;
    readonly maxWaitMs: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly isolation: number;
    readonly sessionId: number;
    readonly sessionEpoch: number;
    readonly partitions: readonly OfPartition<{
      readonly leaderEpoch: number;
      readonly offset: bigint;
      readonly maxBytes: number;
    }>[];
    readonly rackId: string | null;
  };
  readonly ListOffsets: {
    readonly isolation: number;
    readonly partitions: readonly OfPartition<{ readonly timestamp: bigint }>[];
  };
  readonly OffsetCommit: {
    readonly groupId: string | null;
    readonly generation: number;
    readonly memberId: string | null;
    readonly instanceId: string | null;
    readonly partitions: readonly OfPartition<{
      readonly offset: bigint;
      readonly metadata: string | null;
    }>[];
  };
  readonly OffsetFetch: {
    readonly groupId: string | null;
    readonly partitions: readonly OfPartition<object>[];
  };
  readonly Metadata: { readonly topics: readonly string[] };
}
export type Api = keyof Requests;

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#step(1));
  }
  int16(): number {
    return this.#bytes.readInt16BE(this.#step(2));
  }
  int32(): number {
    return this.#bytes.readInt32BE(this.#step(4));
  }
  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#step(8));
  }
  string(): string | null {
    const size = this.int16();
    return size < 0 ? null : this.#bytes.toString('utf8', this.#step(size), this.#at);
  }
  bytes(): Buffer {
    const size = this.int32();
    return this.#bytes.subarray(this.#step(size), this.#at);
  }
  /** An id of zeros, a short name and no tagged fields, as flexible versions have them. */
  idAndName(): string {
    this.#step(16);
    const size = this.int8() - 1;
    const name = this.#bytes.toString('utf8', this.#step(size), this.#at);
    this.int8();
    return name;
  }
  array<Item>(item: () => Item): Item[] {
    return Array.from({ length: this.int32() }, item);
  }
  /** `[topic [partition and its fields]]`, flat. */
  partitions<Fields>(fields: () => Fields): OfPartition<Fields>[] {
    return this.array(() => {
      const topic = this.string() as string;
      return this.array(() => ({ topic, partition: this.int32(), ...fields() }));
    }).flat();
  }
  end(): void {
    if (this.#at !== this.#bytes.byteLength) throw new Error('the request has bytes after its end');
  }
  #step(size: number): number {
    this.#at += size;
    return this.#at - size;
  }
}

const READERS: { readonly [Name in Api]: (from: Reader) => Requests[Name] } = {
  Produce: (from) => ({
    transactionalId: from.string(),
    acks: from.int16(),
    timeoutMs: from.int32(),
    partitions: from.partitions(() => ({ set: from.bytes() })),
  }),
  Fetch: (from) => {
    const head = {
      replicaId: from.int32(),
      maxWaitMs: from.int32(),
      minBytes: from.int32(),
      maxBytes: from.int32(),
      isolation: from.int8(),
      sessionId: from.int32(),
      sessionEpoch: from.int32(),
    };
    const partitions = from.partitions(() => {
      const asked = { leaderEpoch: from.int32(), offset: from.int64() };
      from.int64();
      return { ...asked, maxBytes: from.int32() };
    });
    from.partitions(() => ({}));
    return { ...head, partitions, rackId: from.string() };
  },
  ListOffsets: (from) => {
    from.int32();
    return {
      isolation: from.int8(),
      partitions: from.partitions(() => ({ timestamp: from.int64() })),
    };
  },
  OffsetCommit: (from) => ({
    groupId: from.string(),
    generation: from.int32(),
    memberId: from.string(),
    instanceId: from.string(),
    partitions: from.partitions(() => {
      const offset = from.int64();
      from.int32();
      return { offset, metadata: from.string() };
    }),
  }),
  OffsetFetch: (from) => ({ groupId: from.string(), partitions: from.partitions(() => ({})) }),
  Metadata: (from) => {
    from.int8();
    const topics = Array.from({ length: from.int8() - 1 }, () => from.idAndName());
    // Create, list rights, tags.
    for (let i = 0; i < 3; i++) from.int8();
    return { topics };
  },
};

/** What a request says. Throws when bytes are missing or left over. */
export function readRequest<Name extends Api>(api: Name, bytes: Buffer): Requests[Name] {
  const reader = new Reader(bytes);
  const request = READERS[api](reader);
  reader.end();
  return request;
}

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
const string = (value: string | null): Buffer =>
  value === null ? int16(-1) : Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
const array = (items: readonly Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items]);

/** `[topic [partition and its fields]]`: partitions in a row with one topic share an entry. */
function byTopic<Fields>(
  partitions: readonly OfPartition<Fields>[],
  fields: (partition: OfPartition<Fields>) => readonly Buffer[],
): Buffer {
  const topics: { topic: string; entries: Buffer[] }[] = [];
  for (const each of partitions) {
    const entry = Buffer.concat([int32(each.partition), ...fields(each)]);
    const last = topics.at(-1);
    if (last?.topic === each.topic) last.entries.push(entry);
    else topics.push({ topic: each.topic, entries: [entry] });
  }
  return array(topics.map(({ topic, entries }) => Buffer.concat([string(topic), array(entries)])));
}

/** What a broker says of a fetched partition; all but the place may be left out. */
export type FetchedSpec = OfPartition<{
  readonly error?: number;
  readonly highWatermark?: bigint;
  readonly lastStable?: bigint;
  /** null: an array of length -1. */
  readonly aborted?:
    | readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
    | null;
  /** null: a record set of length -1. */
  readonly set?: Buffer | null;
}>;

export const answers = {
  /** Ids of topics as Kafka prints them; null is a topic that does not exist. */
  ids: (topics: Readonly<Record<string, string | null>>): Buffer => {
    const ofTopic = ([name, id]: readonly [string, string | null]): Buffer =>
      Buffer.concat([
        int16(id === null ? 3 : 0),
        Buffer.from([name.length + 1]),
        Buffer.from(name),
        id === null ? Buffer.alloc(16) : Buffer.from(id, 'base64url'),
        // Not internal, no partitions, rights, no tags.
        Buffer.from([0, 1]),
        int32(0),
        Buffer.from([0]),
      ]);
    const entries = Object.entries(topics);
    return Buffer.concat([
      // Tags of the header, throttle, no brokers, no cluster id, controller.
      Buffer.from([0]),
      int32(0),
      Buffer.from([1, 0]),
      int32(1),
      Buffer.from([entries.length + 1]),
      ...entries.map(ofTopic),
      Buffer.from([0]),
    ]);
  },

  fetch: (
    partitions: readonly FetchedSpec[],
    { throttleMs = 0, error = 0 }: { throttleMs?: number; error?: number } = {},
  ): Buffer =>
    Buffer.concat([
      int32(throttleMs),
      int16(error),
      int32(0),
      byTopic(partitions, ({ error: code = 0, highWatermark = 0n, lastStable, aborted, set }) => [
        int16(code),
        int64(highWatermark),
        int64(lastStable ?? highWatermark),
        int64(0n),
        aborted === null
          ? int32(-1)
          : array(
              (aborted ?? []).map(({ producerId, firstOffset }) =>
                Buffer.concat([int64(producerId), int64(firstOffset)]),
              ),
            ),
        int32(-1),
        set === null
          ? int32(-1)
          : Buffer.concat([int32(set?.byteLength ?? 0), set ?? Buffer.alloc(0)]),
      ]),
    ]),

  commit: (partitions: readonly OfPartition<{ readonly error?: number }>[]): Buffer =>
    Buffer.concat([int32(0), byTopic(partitions, ({ error = 0 }) => [int16(error)])]),

  committed: (
    partitions: readonly OfPartition<{
      readonly offset: bigint;
      readonly metadata?: string | null;
      readonly error?: number;
    }>[],
    error = 0,
  ): Buffer =>
    Buffer.concat([
      int32(0),
      byTopic(partitions, ({ offset, metadata = '', error: code = 0 }) => [
        int64(offset),
        string(metadata),
        int16(code),
      ]),
      int16(error),
    ]),

  offsets: (
    partitions: readonly OfPartition<{ readonly offset: bigint; readonly error?: number }>[],
  ): Buffer =>
    Buffer.concat([
      int32(0),
      byTopic(partitions, ({ offset, error = 0 }) => [int16(error), int64(-1n), int64(offset)]),
    ]),

  produce: (
    partitions: readonly OfPartition<{ readonly error?: number; readonly offset?: bigint }>[],
    throttleMs = 0,
  ): Buffer =>
    Buffer.concat([
      byTopic(partitions, ({ error = 0, offset = 0n }) => [
        int16(error),
        int64(offset),
        int64(-1n),
        int64(0n),
      ]),
      int32(throttleMs),
    ]),
};

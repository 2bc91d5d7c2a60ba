import type { Clock } from '../contract/clock.ts';
import type { Compression } from '../contract/config.ts';
import { EXIT, MillraceError } from '../contract/errors.ts';
import type { Client } from './client.ts';
import { Courier } from './courier.ts';
import type { Outbox, Parcel } from './outbox.ts';
import { partitionFor } from './records/murmur2.ts';
import { type OutRecord, sizeOf } from './records/out-record.ts';
import type { Cluster, PartitionMetadata } from './seam/cluster.ts';

export interface ProducerOptions {
  readonly client: Client;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly acks: 'all' | 'leader';
  readonly compression: Compression;
}

/**
 * Produces records and says of each when the broker has it. One batch of a partition is on the way at a time, and a failed
 * one is sent again before any later one, so the order of records in a partition is the order of `send`. Records that come
 * meanwhile make the next batch.
 */
export class Producer {
  readonly #options: ProducerOptions;
  readonly #outboxes = new Map<string, Outbox>();
  /** By broker. */
  readonly #couriers = new Map<number, Courier>();
  /** Partition of the next record without a key, by topic. */
  readonly #turns = new Map<string, number>();
  /** Topics that are looked up at the moment. */
  readonly #lookups = new Map<string, Promise<void>>();
  #isClosed = false;
  #bytes = 0;

  constructor(options: ProducerOptions) {
    this.#options = options;
  }

  /** Bytes that wait for the broker. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Looks a topic up. Rejects with MR340 (exit 78) when it doesn't exist, with kafkajs's error otherwise. */
  async prepare(topic: string): Promise<void> {
    try {
      await this.#options.cluster.addMultipleTargetTopics([topic]);
    } catch (cause) {
      if ((cause as { type?: unknown }).type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw cause;
      throw new MillraceError(
        'MR340',
        `The topic ${topic} does not exist. Create it, or correct the name.`,
        {
          exit: EXIT.config,
          facts: { topic },
        },
      );
    }
  }

  /**
   * Resolves when the broker has acknowledged the record. `partition` -1: by murmur2 of the key, as Java's clients do, or
   * in turns without a key. Rejects when the broker refuses it for good, or the producer is closed.
   */
  async send(topic: string, partition: number, record: OutRecord): Promise<void> {
    const count = await this.#partitions(topic);
    const target = partition >= 0 ? partition : this.#choose(topic, record.key, count);
    if (target >= count) {
      throw new MillraceError(
        'MR341',
        `${topic} has ${count} partitions, so there is no partition ${target}.`,
      );
    }
    return new Promise((resolve, reject) => {
      const bytes = sizeOf(record);
      this.#bytes += bytes;
      const settle =
        <T>(run: (value: T) => void) =>
        (value: T) => {
          this.#bytes -= bytes;
          run(value);
        };
      const outbox = this.#outbox(topic, target);
      outbox.waiting.push({ record, bytes, resolve: settle(resolve), reject: settle(reject) });
      this.#post(outbox);
    });
  }

  /** Rejects what waits and takes nothing more. */
  close(): void {
    this.#isClosed = true;
    for (const outbox of this.#outboxes.values())
      this.#refuse(outbox.waiting.splice(0), closedError());
  }

  /** Records of a topic that is looked up wait for the same answer, and go on in their order. */
  async #partitions(topic: string): Promise<number> {
    if (this.#isClosed) throw closedError();
    const known = this.#known(topic).length;
    const running = this.#lookups.get(topic);
    if (known > 0 && !running) return known;
    await (running ?? this.#lookUp(topic));
    return this.#known(topic).length;
  }

  /** The partitions in the metadata at hand; none before any is loaded. */
  #known(topic: string): readonly PartitionMetadata[] {
    try {
      return this.#options.cluster.findTopicPartitionMetadata(topic);
    } catch (cause) {
      if ((cause as Error).name === 'KafkaJSTopicMetadataNotLoaded') return [];
      throw cause;
    }
  }

  #lookUp(topic: string): Promise<void> {
    const lookup = this.prepare(topic);
    this.#lookups.set(topic, lookup);
    const end = (): void => void this.#lookups.delete(topic);
    lookup.then(end, end);
    return lookup;
  }

  #choose(topic: string, key: Uint8Array | null, count: number): number {
    if (key !== null) return partitionFor(key, count);
    const turn = this.#turns.get(topic) ?? 0;
    this.#turns.set(topic, (turn + 1) % count);
    return turn % count;
  }

  #outbox(topic: string, partition: number): Outbox {
    const name = `${topic}/${partition}`;
    let outbox = this.#outboxes.get(name);
    if (!outbox) {
      outbox = { topic, partition, waiting: [], isSending: false, notBeforeMs: 0, single: 0 };
      this.#outboxes.set(name, outbox);
    }
    return outbox;
  }

  /** Hands the outbox to the courier of its leader, once its pause is over. */
  #post(outbox: Outbox): void {
    if (outbox.isSending || outbox.waiting.length === 0 || this.#isClosed) return;
    const { clock } = this.#options;
    const pauseMs = outbox.notBeforeMs - clock.now();
    outbox.isSending = true;
    if (pauseMs > 0) clock.after(pauseMs, () => this.#done(outbox));
    else this.#courier(this.#leader(outbox)).post(outbox);
  }

  #done(outbox: Outbox): void {
    outbox.isSending = false;
    this.#post(outbox);
  }

  #courier(leader: number): Courier {
    let courier = this.#couriers.get(leader);
    if (!courier) {
      const { client, cluster, acks, compression } = this.#options;
      courier = new Courier(leader, {
        client,
        cluster,
        acks,
        compression,
        again: (outbox, parcels) => this.#again(outbox, parcels),
        done: (outbox) => this.#done(outbox),
      });
      this.#couriers.set(leader, courier);
    }
    return courier;
  }

  #leader({ topic, partition }: Outbox): number {
    const found = this.#known(topic).find(({ partitionId }) => partitionId === partition);
    return found?.leader ?? -1;
  }

  #refuse(parcels: readonly Parcel[], cause: Error): void {
    for (const parcel of parcels) parcel.reject(cause);
  }

  /** Puts parcels back in front, after a pause. */
  #again(outbox: Outbox, parcels: readonly Parcel[]): void {
    if (this.#isClosed) {
      this.#refuse(parcels, closedError());
      return;
    }
    outbox.waiting.unshift(...parcels);
    outbox.notBeforeMs = this.#options.clock.now() + PAUSE_MS;
  }
}

const closedError = (): MillraceError =>
  new MillraceError('MR342', 'The process stops: the record was not produced.');

/** Pause before a batch is sent again, in ms. */
const PAUSE_MS = 200;

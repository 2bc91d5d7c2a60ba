import PQueue from 'p-queue';
import type { Clock } from '../contract/clock.ts';
import type { Compression } from '../contract/config.ts';
import { EXIT, MillraceError } from '../contract/errors.ts';
import { type Client, dropBroker } from './client.ts';
import { type Outbox, type Parcel, takeBatch } from './outbox.ts';
import { produceAction } from './produce-errors.ts';
import { produceRequest, produceResponse } from './produce-request.ts';
import { encodeBatch } from './records/encode-batch.ts';
import { partitionFor } from './records/murmur2.ts';
import { type OutRecord, sizeOf } from './records/out-record.ts';
import type { Broker, Cluster } from './seam/cluster.ts';
import { errorFromCode } from './seam/internals.ts';

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
  /** Requests to one broker go one after another. */
  readonly #queues = new Map<number, PQueue>();
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
    const { cluster } = this.#options;
    if (this.#isClosed) throw closedError();
    const known = cluster.findTopicPartitionMetadata(topic).length;
    const running = this.#lookups.get(topic);
    if (known > 0 && !running) return known;
    await (running ?? this.#lookUp(topic));
    return cluster.findTopicPartitionMetadata(topic).length;
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

  /** Sends the outbox's records with the next request to its leader. */
  #post(outbox: Outbox): void {
    if (outbox.isSending || outbox.waiting.length === 0 || this.#isClosed) return;
    const { clock } = this.#options;
    const pauseMs = outbox.notBeforeMs - clock.now();
    if (pauseMs > 0) {
      outbox.isSending = true;
      clock.after(pauseMs, () => {
        outbox.isSending = false;
        this.#post(outbox);
      });
      return;
    }
    outbox.isSending = true;
    const leader = this.#leader(outbox);
    let queue = this.#queues.get(leader);
    if (!queue) {
      queue = new PQueue({ concurrency: 1 });
      this.#queues.set(leader, queue);
    }
    void queue.add(() => this.#send(outbox, leader));
  }

  #leader({ topic, partition }: Outbox): number {
    const found = this.#options.cluster
      .findTopicPartitionMetadata(topic)
      .find(({ partitionId }) => partitionId === partition);
    return found?.leader ?? -1;
  }

  async #send(outbox: Outbox, leader: number): Promise<void> {
    const parcels = takeBatch(outbox);
    // What waited for the broker was refused meanwhile: the producer is closed.
    if (parcels.length === 0) return;
    const batch = await this.#encode(outbox, parcels);
    if (batch) await this.#deliver(outbox, parcels, batch, leader);
    outbox.isSending = false;
    this.#post(outbox);
  }

  /** The parcels as one batch; null when they can't be written, which no waiting mends. */
  async #encode(outbox: Outbox, parcels: Parcel[]): Promise<Uint8Array | null> {
    try {
      const records = parcels.map(({ record }) => record);
      const { compression } = this.#options;
      return await encodeBatch(records, { compression, nowMs: Date.now() });
    } catch (cause) {
      await this.#refused(outbox, parcels, cause as Error, 'refuse');
      return null;
    }
  }

  async #deliver(
    outbox: Outbox,
    parcels: Parcel[],
    batch: Uint8Array,
    leader: number,
  ): Promise<void> {
    let broker: Broker | undefined;
    try {
      broker = await this.#options.cluster.findBroker({ nodeId: leader });
      const code = await this.#request(broker, outbox, batch);
      if (code === 0) for (const parcel of parcels) parcel.resolve();
      else await this.#refused(outbox, parcels, errorFromCode(code), produceAction(code));
    } catch (cause) {
      await this.#failed(broker, cause);
      this.#again(outbox, parcels);
    }
  }

  /** Error code of the partition, 0 when it has the records. */
  async #request(broker: Broker, { topic, partition }: Outbox, batch: Uint8Array): Promise<number> {
    const answer = await broker.connectionPool.send({
      request: produceRequest({
        acks: this.#options.acks === 'all' ? -1 : 1,
        timeoutMs: 10_000,
        topic,
        partition,
        batch,
      }),
      response: produceResponse,
      logResponseError: false,
    });
    return answer.errorCode;
  }

  async #refused(
    outbox: Outbox,
    parcels: Parcel[],
    cause: Error,
    action: ReturnType<typeof produceAction>,
  ): Promise<void> {
    if (action === 'refuse' && parcels.length > 1) {
      // Only one of them may be to blame: each goes by itself now, in the same order.
      this.#again(outbox, parcels);
      outbox.single = parcels.length;
      return;
    }
    if (action === 'refuse') {
      this.#refuse(parcels, cause);
      return;
    }
    if (action === 'refresh') await this.#refresh();
    this.#again(outbox, parcels);
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

  async #failed(broker: Broker | undefined, cause: unknown): Promise<void> {
    const { client, cluster } = this.#options;
    if (broker) dropBroker(client, cluster, broker, cause);
    await this.#refresh();
  }

  async #refresh(): Promise<void> {
    await this.#options.cluster.refreshMetadata().catch(() => {
      // The next attempt finds the leader, or asks again.
    });
  }
}

const closedError = (): MillraceError =>
  new MillraceError('MR342', 'The process stops: the record was not produced.');

/** Pause before a batch is sent again, in ms. */
const PAUSE_MS = 200;

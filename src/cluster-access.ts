import { type Clock, systemClock } from './contract/clock.ts';
import type { Compression, KafkaConfig } from './contract/config.ts';
import { MillraceError } from './contract/errors.ts';
import { type Client, newClient } from './kafka/client.ts';
import { connect } from './kafka/connect.ts';
import { Held } from './kafka/intake.ts';
import { logEnds } from './kafka/offsets.ts';
import { Producer } from './kafka/producer.ts';
import type { OutRecord } from './kafka/records/out-record.ts';
import { openCluster } from './kafka/seam/cluster.ts';
import { topicRefusal } from './kafka/topic-refusal.ts';

/** A topic that is to be there. */
export interface TopicPlan {
  readonly name: string;
  readonly partitions: number;
}

/** How records are produced. */
export interface ProduceSettings {
  readonly acks: 'all' | 'leader';
  readonly compression: Compression;
}

/** A cluster as the commands see it that aren't pipelines: topics, records, offsets. */
export class ClusterAccess {
  readonly #client: Client;
  readonly #admin: ReturnType<Client['kafka']['admin']>;
  readonly #cluster: ReturnType<typeof openCluster>;
  readonly #producer: Producer;
  readonly #clock: Clock;

  private constructor(config: KafkaConfig, settings: ProduceSettings, clock: Clock) {
    this.#clock = clock;
    this.#client = newClient(config);
    this.#admin = this.#client.kafka.admin();
    this.#cluster = openCluster(this.#client.kafka, 'millrace', METADATA_AGE_MS);
    this.#producer = new Producer({
      client: this.#client,
      cluster: this.#cluster,
      clock,
      ...settings,
    });
  }

  /** Rejects with MR301 (exit 69) when no broker answers in time, and MR305 (exit 77) when one refuses the credentials. */
  static async connect(
    config: KafkaConfig,
    settings: ProduceSettings = { acks: 'all', compression: 'none' },
    clock: Clock = systemClock,
  ): Promise<ClusterAccess> {
    const access = new ClusterAccess(config, settings, clock);
    try {
      await connect(access.#cluster, access.#client, config, clock);
      await access.#admin.connect();
    } catch (cause) {
      await access.close();
      throw cause;
    }
    return access;
  }

  async close(): Promise<void> {
    this.#producer.close();
    await Promise.allSettled([this.#admin.disconnect(), this.#cluster.disconnect()]);
  }

  /** Creates the topics that aren't there, with the broker's default replication; returns their names. Rejects with MR343. */
  async createTopics(plans: readonly TopicPlan[]): Promise<string[]> {
    const names = plans.map(({ name }) => name);
    try {
      const there = new Set(await this.#admin.listTopics());
      names.push(...there);
      const missing = plans.filter(({ name }) => !there.has(name));
      if (missing.length === 0) return [];
      const topics = missing.map(({ name, partitions }) => ({
        topic: name,
        numPartitions: partitions,
      }));
      await this.#admin.createTopics({ topics, waitForLeaders: true });
      return missing.map(({ name }) => name);
    } catch (cause) {
      throw topicRefusal(cause, names);
    }
  }

  /**
   * Resolves when the broker has the record; see Producer for the partition -1. Rejects with MR340 when there is no such topic,
   * and as Producer does. Records of one partition keep the order of the calls.
   */
  produce(topic: string, partition: number, record: OutRecord): Promise<void> {
    return this.#producer.send(topic, partition, record);
  }

  /** One past the last offset of each partition. Rejects with MR340 when there is no such topic, MR320 when a leader doesn't answer. */
  async endOffsets(topic: string): Promise<Map<number, bigint>> {
    await this.#producer.prepare(topic);
    for (const untilMs = this.#clock.now() + LEADERS_MS; ; ) {
      const places = this.#cluster
        .findTopicPartitionMetadata(topic)
        .map(({ partitionId: partition }) => new Held(topic, partition));
      const ends = await logEnds(this.#cluster, places, false);
      if (places.length > 0 && ends.size === places.length) {
        return new Map(places.map(({ name, partition }) => [partition, ends.get(name)?.end ?? 0n]));
      }
      if (this.#clock.now() > untilMs) throw leaderless(topic);
      await new Promise<void>((resolve) => this.#clock.after(RETRY_MS, resolve));
      await this.#cluster.refreshMetadata();
    }
  }

  /** What a group has committed; partitions without an offset aren't there. */
  async committedOffsets(groupId: string, topic: string): Promise<Map<number, bigint>> {
    const [found] = await this.#admin.fetchOffsets({ groupId, topics: [topic] });
    const partitions = found?.partitions ?? [];
    return new Map(
      partitions
        .map(({ partition, offset }) => [partition, BigInt(offset)] as const)
        .filter(([, offset]) => offset >= 0n),
    );
  }
}

const leaderless = (topic: string): MillraceError =>
  new MillraceError('MR320', `Not every partition of ${topic} has a leader that answers.`);

/** How long leaders may take to answer, and the pause between two looks. */
const LEADERS_MS = 10_000;
const RETRY_MS = 100;
const METADATA_AGE_MS = 30_000;

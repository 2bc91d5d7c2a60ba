import {
  type Admin,
  Kafka,
  type KafkaMessage,
  logLevel,
  type Message,
  type Producer,
  type ProducerConfig,
} from 'kafkajs';
import { until } from './until.ts';

/** Plain kafkajs on the test's broker: topics, records in, records out, committed offsets. Independent of what is tested. */
export class KafkaKit {
  readonly brokers: string;
  readonly admin: Admin;
  readonly producer: Producer;
  readonly #kafka: Kafka;

  private constructor(brokers: string) {
    this.brokers = brokers;
    this.#kafka = new Kafka({
      brokers: brokers.split(','),
      clientId: 'test-kit',
      logLevel: logLevel.NOTHING,
      retry: { retries: 20 },
    });
    this.admin = this.#kafka.admin();
    this.producer = this.#kafka.producer();
  }

  /** Brokers of the test run; null when there are none, and the tests that need them are skipped. */
  static get brokersOfRun(): string | null {
    return process.env['KAFKA_BROKERS'] || null;
  }

  static async connect(brokers: string): Promise<KafkaKit> {
    const kit = new KafkaKit(brokers);
    await Promise.all([kit.admin.connect(), kit.producer.connect()]);
    return kit;
  }

  async close(): Promise<void> {
    await Promise.all([this.admin.disconnect(), this.producer.disconnect()]);
  }

  /** A new topic with a name that no other test has. */
  async topic(
    partitions: number,
    configEntries: { name: string; value: string }[] = [],
  ): Promise<string> {
    const topic = `test-${process.pid}-${Date.now()}-${names++}`;
    await this.admin.createTopics({
      topics: [{ topic, numPartitions: partitions, configEntries }],
      waitForLeaders: false,
    });
    await this.#untilKnown(topic);
    // Until all leaders lead, a request is refused in part, and kafkajs sends the whole of it again.
    await this.ends(topic);
    return topic;
  }

  /** Deletes a topic; resolves when no broker has it any more. */
  async deleteTopic(topic: string): Promise<void> {
    await this.admin.deleteTopics({ topics: [topic] });
    await until(async () => !(await this.admin.listTopics()).includes(topic));
  }

  /** Creates a topic of a name that was deleted: the producer of this kit still knows the old one's leaders. */
  async createAgain(topic: string, partitions: number): Promise<void> {
    const topics = [{ topic, numPartitions: partitions }];
    // A broker may still be busy with the deletion.
    await until(() =>
      this.admin.createTopics({ topics, waitForLeaders: false }).catch(() => false),
    );
    await this.#untilKnown(topic);
    await this.ends(topic);
  }

  /** Resolves when the brokers know a topic and its leaders. Which of several answers is chance, so they are asked some times. */
  async #untilKnown(topic: string): Promise<void> {
    const count = this.brokers.split(',').length;
    let asks = count === 1 ? 1 : 3 * count;
    await until(async () => {
      const found = await this.admin.fetchTopicMetadata({ topics: [topic] }).catch(() => null);
      // For a moment a new topic has no partitions yet.
      const partitions = found?.topics[0]?.partitions ?? [];
      const isKnown = partitions.length > 0 && partitions.every(({ leader }) => leader >= 0);
      if (isKnown) asks--;
      return asks === 0;
    });
  }

  async produce(topic: string, messages: readonly Message[]): Promise<void> {
    for (let i = 0; i < messages.length; i += 5000) {
      await this.producer.send({ topic, messages: messages.slice(i, i + 5000) });
    }
  }

  newProducer(config: ProducerConfig): Producer {
    return this.#kafka.producer(config);
  }

  /** End of each partition, in their order. Asks again while a broker is away. */
  async ends(topic: string): Promise<Map<number, bigint>> {
    let offsets: Awaited<ReturnType<Admin['fetchTopicOffsets']>> = [];
    await this.#alone(async (admin) => {
      await until(async () => {
        offsets = await admin.fetchTopicOffsets(topic).catch(() => []);
        return offsets.length > 0;
      });
    });
    const sorted = [...offsets].sort((a, b) => a.partition - b.partition);
    return new Map(sorted.map(({ partition, high }) => [partition, BigInt(high)]));
  }

  /** Deletes the records of a partition below an offset. */
  async deleteRecords(topic: string, partition: number, offset: number): Promise<void> {
    await this.#alone(async (admin) => {
      // kafkajs takes the leaders from what it knows at the moment; this is what makes it look.
      await admin.fetchTopicOffsets(topic);
      const partitions = [{ partition, offset: String(offset) }];
      await admin.deleteTopicRecords({ topic, partitions });
    });
  }

  /**
   * With an admin of its own. kafkajs's admin reads its metadata of a topic while another call may be renewing it, and then lacks
   * leaders: of 60 deletions with 6 calls at a time, half failed with "Could not find the leader".
   */
  async #alone(use: (admin: Admin) => Promise<void>): Promise<void> {
    const admin = this.#kafka.admin();
    await admin.connect();
    await use(admin).finally(() => admin.disconnect());
  }

  /** What a group has committed for each partition; -1 is nothing. */
  async committed(groupId: string, topic: string): Promise<Map<number, bigint>> {
    const [found] = await this.admin.fetchOffsets({ groupId, topics: [topic] });
    return new Map(
      (found?.partitions ?? []).map(({ partition, offset }) => [partition, BigInt(offset)]),
    );
  }

  /** Resolves when a group has committed these offsets, by partition; what isn't committed counts as -1. */
  async untilCommitted(topic: string, groupId: string, offsets: readonly bigint[]): Promise<void> {
    await until(async () => {
      const committed = await this.committed(groupId, topic);
      return offsets.every((offset, partition) => committed.get(partition) === offset);
    });
  }

  /** All records of a topic up to its present ends, by partition in their order, as text. */
  async read(topic: string): Promise<{ partition: number; key: string; value: string }[]> {
    const messages = await this.messages(topic);
    return messages.map(({ partition, key, value }) => ({
      partition,
      key: String(key),
      value: String(value),
    }));
  }

  /** All records of a topic up to its present ends, by partition in their order. */
  async messages(topic: string): Promise<Stored[]> {
    const ends = await this.ends(topic);
    const open = new Set([...ends].filter(([, end]) => end > 0n).map(([partition]) => partition));
    const records: Stored[] = [];
    if (open.size === 0) return records;
    const consumer = this.#kafka.consumer({
      groupId: `read-${topic}-${names++}`,
      maxWaitTimeInMs: 50,
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachBatch: ({ batch }) => {
            for (const message of batch.messages)
              records.push({ ...message, partition: batch.partition });
            if (BigInt(batch.lastOffset()) + 1n >= (ends.get(batch.partition) as bigint))
              open.delete(batch.partition);
            if (open.size === 0) resolve();
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
    return records;
  }
}

/** A record in a topic, as kafkajs reads it: headers of one name become an array. */
export type Stored = Omit<KafkaMessage, 'partition'> & { readonly partition: number };

let names = 0;

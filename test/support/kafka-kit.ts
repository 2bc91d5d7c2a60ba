import {
  type Admin,
  Kafka,
  logLevel,
  type Message,
  type Producer,
  type ProducerConfig,
} from 'kafkajs';

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
    });
    return topic;
  }

  async produce(topic: string, messages: readonly Message[]): Promise<void> {
    for (let i = 0; i < messages.length; i += 5000) {
      await this.producer.send({ topic, messages: messages.slice(i, i + 5000) });
    }
  }

  newProducer(config: ProducerConfig): Producer {
    return this.#kafka.producer(config);
  }

  /** End of each partition. */
  async ends(topic: string): Promise<Map<number, bigint>> {
    const offsets = await this.admin.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
  }

  /** What a group has committed for each partition; -1 is nothing. */
  async committed(groupId: string, topic: string): Promise<Map<number, bigint>> {
    const [found] = await this.admin.fetchOffsets({ groupId, topics: [topic] });
    return new Map(
      (found?.partitions ?? []).map(({ partition, offset }) => [partition, BigInt(offset)]),
    );
  }

  /** All records of a topic up to its present ends, by partition in their order. */
  async read(topic: string): Promise<{ partition: number; key: string; value: string }[]> {
    const ends = await this.ends(topic);
    const open = new Set([...ends].filter(([, end]) => end > 0n).map(([partition]) => partition));
    const records: { partition: number; key: string; value: string }[] = [];
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
            for (const { key, value } of batch.messages) {
              records.push({ partition: batch.partition, key: String(key), value: String(value) });
            }
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

let names = 0;

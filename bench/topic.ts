import { Kafka, logLevel } from 'kafkajs';

/** Makes sure that a topic holds at least `records` records of `valueBytes` bytes over `keys` keys, in turns. */
export async function fillTopic(options: {
  readonly brokers: string;
  readonly topic: string;
  readonly partitions: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly records: number;
}): Promise<void> {
  const { topic, partitions, keys, records } = options;
  const kafka = new Kafka({ brokers: options.brokers.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  try {
    await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] });
    const ends = await admin.fetchTopicOffsets(topic);
    const there = ends.reduce((sum, { offset }) => sum + Number(offset), 0);
    const value = Buffer.alloc(options.valueBytes, 'x');
    for (let i = there; i < records; i += BATCH) {
      const count = Math.min(BATCH, records - i);
      const messages = Array.from({ length: count }, (_, j) => ({
        key: `key-${String(((i + j) * 7919) % keys).padStart(6, '0')}`,
        value,
      }));
      await producer.send({ topic, messages });
    }
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }
}

const BATCH = 4000;

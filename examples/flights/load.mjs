// Creates the topics of this example, if they aren't there, and produces the 20,000 flights, keyed by origin.
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Kafka, logLevel, Partitioners } from 'kafkajs';

const brokers = (process.env.KAFKA_BROKERS ?? 'localhost:9092').split(',');
const kafka = new Kafka({ brokers, clientId: 'flights', logLevel: logLevel.NOTHING });
const admin = kafka.admin();
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });

const packed = await readFile(new URL('./flights-20k.json.gz', import.meta.url));
const flights = JSON.parse(String(await promisify(gunzip)(packed)));

try {
  await Promise.all([admin.connect(), producer.connect()]);
} catch {
  console.error(
    `No Kafka answers at ${brokers.join(', ')}. Start one (docker compose up -d kafka) or set KAFKA_BROKERS.`,
  );
  process.exit(69);
}
const topics = ['flights', 'flights-rated'].map((topic) => ({ topic, numPartitions: 8 }));
await admin.createTopics({ topics });
for (let i = 0; i < flights.length; i += 2000) {
  const messages = flights.slice(i, i + 2000).map((flight) => ({
    key: flight.origin,
    value: JSON.stringify(flight),
  }));
  await producer.send({ topic: 'flights', messages });
}
await Promise.all([admin.disconnect(), producer.disconnect()]);
console.log(`Produced ${flights.length} flights to the topic flights.`);

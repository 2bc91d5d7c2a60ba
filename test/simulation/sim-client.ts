import type { ConsumerConfig, Kafka } from 'kafkajs';
import type { Client } from '../../src/kafka/client.ts';
import { SimCluster } from './sim-cluster.ts';
import { SimConsumer } from './sim-consumer.ts';
import type { LinkOptions } from './sim-link.ts';

/** A client as the Kafka side makes them: each of its consumers has connections of its own. */
export function simClient(options: LinkOptions): Client {
  const kafka = {
    consumer: (config: ConsumerConfig) => new SimConsumer(config, options, new SimCluster(options)),
  };
  return { kafka: kafka as unknown as Kafka, lastError: null, isStarting: false, cut: () => {} };
}

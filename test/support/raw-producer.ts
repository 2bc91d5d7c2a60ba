import { systemClock } from '../../src/contract/clock.ts';
import type { Compression } from '../../src/contract/config.ts';
import { newClient } from '../../src/kafka/client.ts';
import { Producer } from '../../src/kafka/producer.ts';
import type { OutRecord } from '../../src/kafka/records/out-record.ts';
import { openCluster } from '../../src/kafka/seam/cluster.ts';

/** Produces records that kafkajs can't: any header, in any order, with all four codecs. */
export async function produceRaw(
  brokers: string,
  topic: string,
  partition: number,
  records: readonly OutRecord[],
  compression: Compression = 'none',
): Promise<void> {
  const client = newClient({
    brokers: brokers.split(','),
    clientId: 'raw',
    tls: null,
    sasl: null,
    connectTimeoutMs: 10_000,
  });
  const cluster = openCluster(client.kafka, 'raw', 30_000);
  await cluster.connect();
  const producer = new Producer({ client, cluster, clock: systemClock, acks: 'all', compression });
  await producer.prepare(topic);
  await Promise.all(records.map((record) => producer.send(topic, partition, record)));
  await cluster.disconnect();
}

/** A record of text. */
export function textRecord(
  key: string | null,
  value: string | Uint8Array | null,
  headers: OutRecord['headers'] = [],
): OutRecord {
  return {
    key: key === null ? null : Buffer.from(key),
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers,
    timestampMs: null,
  };
}

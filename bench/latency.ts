import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';

/** Milliseconds from producing a lone record to its handler. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** Produces one record every 10 ms and has `system` say when its handler saw it. */
export async function latencyOf(system: 'millrace' | 'kafkajs', brokers: string): Promise<Latency> {
  const topic = `bench-latency-${process.pid}-${Date.now()}`;
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
  const file = fileURLToPath(new URL('./latency-peer.js', import.meta.url));
  const peer = spawn(process.execPath, [file, JSON.stringify([system, brokers, topic, RECORDS])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  await lines.next();
  const exited = once(peer, 'exit');
  for (let i = 0; i < RECORDS; i++) {
    const value = String(process.hrtime.bigint());
    await producer.send({ topic, messages: [{ key: String(i), value }] });
    await delay(10);
  }
  const { value: line } = await lines.next();
  await exited;
  await admin.deleteTopics({ topics: [topic] });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  // The first records find cold code on both sides.
  const { micros } = JSON.parse(line as string) as { micros: number[] };
  const at = (share: number): number =>
    (micros[Math.floor(micros.length * share)] as number) / 1000;
  return { p50: at(0.5), p99: at(0.99) };
}

const RECORDS = 1000;

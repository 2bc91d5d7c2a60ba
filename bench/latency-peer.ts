import { Kafka, logLevel } from 'kafkajs';
import { subscribe } from '../src/contract/signals.ts';
import { Engine } from '../src/engine.ts';
import { benchConfig } from './bench-config.ts';

/**
 * Takes `records` records whose value is the time they were sent at, and prints how long each took to its handler, sorted, in us. It
 * prints "ready" once it has its partitions.
 */
const [system, brokers, topic, records] = JSON.parse(process.argv[2] as string) as [
  'millrace' | 'kafkajs',
  string,
  string,
  number,
];
const micros: number[] = [];

function seen(sent: bigint, at: bigint): void {
  micros.push(Number(at - sent) / 1000);
  if (micros.length < records) return;
  process.stdout.write(`${JSON.stringify({ micros: micros.sort((a, b) => a - b) })}\n`);
  process.exit(0);
}

const group = `latency-${process.pid}-${Date.now()}`;
if (system === 'millrace') {
  const setting = {
    brokers,
    topic,
    group,
    handler: 'stamp.mjs',
    threads: 1,
    concurrencyPerThread: 16,
  };
  const engine = new Engine(benchConfig({ ...setting, ordering: 'key' }), (cause) => {
    throw cause;
  });
  subscribe('thread.log', ({ fields }) =>
    seen(BigInt(String(fields['sent'])), BigInt(String(fields['at']))),
  );
  await engine.start();
} else {
  const kafka = new Kafka({
    brokers: brokers.split(','),
    clientId: 'bench',
    logLevel: logLevel.ERROR,
  });
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 100 });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) =>
      Promise.resolve(seen(BigInt(String(message.value)), process.hrtime.bigint())),
  });
  await joined;
}
process.stdout.write('ready\n');

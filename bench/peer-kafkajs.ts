import { Kafka, logLevel } from 'kafkajs';
import type { PeerResult } from './peer-result.ts';

/** What kafkajs does with each record. */
export interface KafkajsSetting {
  readonly brokers: string;
  readonly topic: string;
  readonly group: string;
  /** eachBatch only counts. */
  readonly mode: 'eachBatch' | 'eachMessage';
  readonly work: 'none' | 'cpu' | 'wait';
  readonly workMs: number;
}

/** One run of plain kafkajs in a process of its own, with the same fetch sizes: prints a PeerResult. */
const [setting, records] = JSON.parse(process.argv[2] as string) as [KafkajsSetting, number];
const kafka = new Kafka({
  brokers: setting.brokers.split(','),
  clientId: 'bench',
  logLevel: logLevel.ERROR,
});
const consumer = kafka.consumer({
  groupId: setting.group,
  maxWaitTimeInMs: 100,
  maxBytesPerPartition: 2 ** 20,
  maxBytes: 16 * 2 ** 20,
});
let first: { ms: number; count: number } | null = null;
let count = 0;
let peakRss = 0;
const timer = setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
}, 20);

function counted(more: number): void {
  count += more;
  first ??= { ms: performance.now(), count };
  if (count < records) return;
  clearInterval(timer);
  const seconds = (performance.now() - first.ms) / 1000;
  const { user, system } = process.cpuUsage();
  const result: PeerResult = {
    perSecond: (count - first.count) / seconds,
    firstMs: first.ms,
    rssMb: Math.max(peakRss, process.memoryUsage.rss()) / 2 ** 20,
    cpuSecondsPerMillion: (user + system) / count,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
}

async function work(): Promise<void> {
  if (setting.work === 'wait') await new Promise((resolve) => setTimeout(resolve, setting.workMs));
  if (setting.work === 'cpu') {
    const until = performance.now() + setting.workMs;
    while (performance.now() < until);
  }
}

await consumer.connect();
await consumer.subscribe({ topic: setting.topic, fromBeginning: true });
await consumer.run(
  setting.mode === 'eachBatch'
    ? {
        partitionsConsumedConcurrently: 8,
        eachBatch: ({ batch }) => Promise.resolve(counted(batch.messages.length)),
      }
    : {
        partitionsConsumedConcurrently: 8,
        eachMessage: async () => {
          await work();
          counted(1);
        },
      },
);

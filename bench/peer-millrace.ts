import { subscribe } from '../src/contract/signals.ts';
import { Engine } from '../src/engine.ts';
import { type BenchSetting, benchConfig } from './bench-config.ts';
import type { PeerResult } from './peer-result.ts';

/**
 * One run of Millrace in a process of its own: handles `records` records of a topic and prints a PeerResult. The time counts
 * from the first handled record, as it does for kafkajs.
 */
const [setting, records] = JSON.parse(process.argv[2] as string) as [BenchSetting, number];
const engine = new Engine(benchConfig(setting), (cause) => {
  throw cause;
});
for (const name of ['record.failed', 'member.crashed', 'member.lost', 'thread.died'] as const) {
  subscribe(name, (payload) => process.stderr.write(`${name} ${payload}\n`));
}
await engine.start();

const handled = (): number => {
  let sum = 0;
  for (const pipeline of engine.status.pipelines)
    for (const { ack } of pipeline.topics.values()) sum += ack;
  return sum;
};
let first: { ms: number; count: number } | null = null;
let peakRss = 0;
const timer = setInterval(() => {
  const count = handled();
  const nowMs = performance.now();
  if (count > 0) first ??= { ms: nowMs, count };
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
  if (!first || count < records) return;
  clearInterval(timer);
  const seconds = (nowMs - first.ms) / 1000;
  const { user, system } = process.cpuUsage();
  const result: PeerResult = {
    perSecond: (count - first.count) / seconds,
    firstMs: first.ms,
    rssMb: peakRss / 2 ** 20,
    cpuSecondsPerMillion: (user + system) / count,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  void engine.stop().then(() => process.exit(0));
}, 5);

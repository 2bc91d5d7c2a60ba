import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fillTopic } from './topic.ts';

/**
 * Milliseconds from the start of `millrace run`, as a user starts it, with a handler in TypeScript, to the handler's first
 * record. The group is new, so the broker's `group.initial.rebalance.delay.ms` is in it.
 */
export async function firstRecord(brokers: string): Promise<number> {
  const topic = 'bench-first';
  await fillTopic({ brokers, topic, partitions: 8, keys: 100, valueBytes: 200, records: 1000 });
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const file = join(folder, 'millrace.yaml');
  await copyFile(HANDLER, join(folder, 'first.ts'));
  await writeFile(file, configuration(brokers, topic));
  const startedMs = Date.now();
  const child = spawn(process.execPath, [MAIN, 'run', '-c', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const at = /^first (\d+)$/.exec(line)?.[1];
      if (at !== undefined) return Number(at) - startedMs;
    }
    throw new Error('millrace run ended before its first record');
  } finally {
    child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true });
  }
}

const configuration = (brokers: string, topic: string): string => `version: 1
kafka:
  brokers: ${brokers}
http: false
logging: { format: json }
workers: { threads: 2 }
pipelines:
  bench:
    source: { topics: [${topic}], groupId: bench-first-${process.pid}-${Date.now()} }
    deserialize: { value: bytes }
    handler: ./first.ts
`;

const HANDLER = new URL('../../bench/handlers/first.ts', import.meta.url);
const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

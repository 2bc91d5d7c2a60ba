import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchSetting } from './bench-config.ts';
import type { KafkajsSetting } from './peer-kafkajs.ts';
import type { PeerResult } from './peer-result.ts';
import { fillTopic } from './topic.ts';

/** A case: what Millrace does, what kafkajs does in the same round, and the ratio that is asked for. */
export interface Case {
  readonly name: string;
  readonly topic: 'many' | 'hot';
  readonly millrace: Pick<
    BenchSetting,
    'handler' | 'threads' | 'concurrencyPerThread' | 'ordering'
  >;
  readonly records: number;
  /** The other system, with its own number of records: it may be much slower. */
  readonly peer:
    | (Pick<KafkajsSetting, 'mode' | 'work' | 'workMs'> & { readonly records: number })
    | 'millrace on one thread';
  /** Ratio to reach. */
  readonly bar: number;
}

const noWork = {
  handler: 'count.mjs',
  threads: 1,
  concurrencyPerThread: 16,
  ordering: 'key',
} as const;
const count = { mode: 'eachBatch', work: 'none', workMs: 0, records: 1_000_000 } as const;

export const CASES: readonly Case[] = [
  {
    name: 'no work, by key, against eachBatch (count only)',
    topic: 'many',
    millrace: noWork,
    records: 1_000_000,
    peer: count,
    bar: 2,
  },
  {
    name: 'one hot key, against eachBatch (count only)',
    topic: 'hot',
    millrace: noWork,
    records: 1_000_000,
    peer: count,
    bar: 1.5,
  },
  {
    name: '1 ms of waiting, 1,024 in flight, against eachMessage (8 partitions)',
    topic: 'many',
    millrace: { ...noWork, handler: 'wait-1ms.mjs', concurrencyPerThread: 1024 },
    records: 500_000,
    peer: { mode: 'eachMessage', work: 'wait', workMs: 1, records: 20_000 },
    bar: 12,
  },
  {
    name: '5 ms of waiting, 1,024 in flight, against eachMessage (8 partitions)',
    topic: 'many',
    millrace: { ...noWork, handler: 'wait-5ms.mjs', concurrencyPerThread: 1024 },
    records: 300_000,
    peer: { mode: 'eachMessage', work: 'wait', workMs: 5, records: 5000 },
    bar: 40,
  },
  {
    name: '50 us of CPU, two threads, against one',
    topic: 'many',
    millrace: { ...noWork, handler: 'cpu-50us.mjs', threads: 2, concurrencyPerThread: 1 },
    records: 80_000,
    peer: 'millrace on one thread',
    bar: 1.7,
  },
];

/** One round of a case: both systems one after the other, each in a process of its own, with a new group. */
export async function runCase(
  { topic, millrace, records, peer }: Case,
  brokers: string,
): Promise<{ millrace: PeerResult; peer: PeerResult }> {
  const name = await topicOf(topic, brokers);
  const at = { brokers, topic: name };
  const setting = { ...at, ...millrace };
  const ours = await run('peer-millrace', [{ ...setting, group: groupName() }, records]);
  if (peer === 'millrace on one thread') {
    const single = { ...setting, threads: 1, group: groupName() };
    return { millrace: ours, peer: await run('peer-millrace', [single, records / 2]) };
  }
  const { records: theirs, ...rest } = peer;
  return {
    millrace: ours,
    peer: await run('peer-kafkajs', [{ ...at, ...rest, group: groupName() }, theirs]),
  };
}

async function topicOf(kind: Case['topic'], brokers: string): Promise<string> {
  const topic = `bench-${kind}-1m-200b`;
  const shape = kind === 'many' ? { partitions: 8, keys: 1000 } : { partitions: 1, keys: 1 };
  await fillTopic({ brokers, topic, ...shape, valueBytes: 200, records: 1_000_000 });
  return topic;
}

let groups = 0;
const groupName = (): string => `bench-${process.pid}-${Date.now()}-${groups++}`;

/** Runs a peer to its end and reads what it printed. */
export async function run<Result = PeerResult>(peer: string, setting: unknown): Promise<Result> {
  const file = fileURLToPath(new URL(`./${peer}.js`, import.meta.url));
  const child = spawn(process.execPath, [...NODE_FLAGS, file, JSON.stringify(setting)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const piece of child.stdout) text += piece;
  const line = text.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`${peer} printed no result`);
  return JSON.parse(line) as Result;
}

/** Those of the image (see Dockerfile), for both systems: V8's default lets the young generation of a thread grow to 48 MB. */
const NODE_FLAGS = ['--max-semi-space-size=4'];

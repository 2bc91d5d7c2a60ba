import { parseArgs } from 'node:util';
import { KafkaServer } from '../test/support/kafka-server.ts';
import { CASES, run, runCase } from './end-to-end.ts';
import { firstRecord } from './first-record.ts';
import { latencyOf } from './latency.ts';
import type { SyntheticResult } from './synthetic.ts';

/** A line of the table: medians over the rounds. */
interface Row {
  readonly name: string;
  readonly figure: string;
  readonly other: string;
  /** Larger is better; null where there is nothing to compare with. */
  readonly ratio: number | null;
  readonly bar: string;
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    brokers: { type: 'string', default: process.env['KAFKA_BROKERS'] ?? '' },
  },
});
const rounds = Number(values.rounds);
const wanted = (name: string): boolean => name.includes(values.only);

/** Prints the table of the bench, or JSON: `npm run bench -- [--only text] [--rounds n] [--json] [--brokers list]`. */
async function main(): Promise<void> {
  const rows: Row[] = [];
  const add = (row: Row): void => {
    rows.push(row);
    if (!values.json) process.stdout.write(`${line(row)}\n`);
  };
  for (const row of SYNTHETIC) if (wanted(row.name)) add(await synthetic(row));
  const server =
    values.brokers === '' && [...CASES.map(({ name }) => name), LONE, FIRST].some(wanted)
      ? await KafkaServer.start()
      : null;
  const brokers = server?.brokers ?? values.brokers;
  try {
    for (const each of CASES)
      if (wanted(each.name)) for (const row of await endToEnd(each, brokers)) add(row);
    if (wanted(LONE)) add(await latency(brokers));
    if (wanted(FIRST)) add(await first(brokers));
  } finally {
    await server?.stop();
  }
  if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
}

const SYNTHETIC = [
  { name: 'dispatcher alone, 1,000 keys', keys: 1000, partitions: 8, bar: 2_500_000 },
  { name: 'dispatcher alone, one hot key', keys: 1, partitions: 1, bar: 1_000_000 },
  { name: 'dispatcher alone, 1,000 partitions', keys: 1000, partitions: 1000, bar: 500_000 },
];

async function synthetic({ name, bar, ...shape }: (typeof SYNTHETIC)[number]): Promise<Row> {
  const results: SyntheticResult[] = [];
  for (let i = 0; i < rounds; i++) {
    results.push(
      await run<SyntheticResult>('synthetic', [{ ...shape, threads: 1, records: 4_000_000 }]),
    );
  }
  const perSecond = median(results.map((result) => result.perSecond));
  const micros = median(results.map((result) => result.mainMicros));
  return {
    name,
    figure: rate(perSecond),
    other: `main ${micros.toFixed(2)} us`,
    ratio: null,
    bar: `>= ${rate(bar)}`,
  };
}

async function endToEnd(each: (typeof CASES)[number], brokers: string): Promise<Row[]> {
  const pairs: Awaited<ReturnType<typeof runCase>>[] = [];
  for (let i = 0; i < rounds; i++) pairs.push(await runCase(each, brokers));
  const ours = median(pairs.map(({ millrace }) => millrace.perSecond));
  const theirs = median(pairs.map(({ peer }) => peer.perSecond));
  const of = (pick: (pair: (typeof pairs)[number]) => number): number => median(pairs.map(pick));
  const notes = `RSS ${of(({ millrace }) => millrace.rssMb).toFixed(0)} MB, ${of(({ millrace }) => millrace.cpuSecondsPerMillion).toFixed(1)} CPU s per million, first record after ${of(({ millrace }) => millrace.firstMs).toFixed(0)} ms`;
  const ratio = median(pairs.map(({ millrace, peer }) => millrace.perSecond / peer.perSecond));
  return [
    { name: each.name, figure: rate(ours), other: rate(theirs), ratio, bar: `>= ${each.bar} x` },
    { name: `  ${notes}`, figure: '', other: '', ratio: null, bar: '' },
  ];
}

async function latency(brokers: string): Promise<Row> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let i = 0; i < rounds; i++) {
    ours.push((await latencyOf('millrace', brokers)).p50);
    theirs.push((await latencyOf('kafkajs', brokers)).p50);
  }
  const [mine, other] = [median(ours), median(theirs)];
  return {
    name: LONE,
    figure: `${mine.toFixed(2)} ms`,
    other: `${other.toFixed(2)} ms`,
    ratio: other / mine,
    bar: 'within 0.3 ms',
  };
}

async function first(brokers: string): Promise<Row> {
  const all: number[] = [];
  for (let i = 0; i < rounds; i++) all.push(await firstRecord(brokers));
  const figure = `${median(all)} ms`;
  return { name: FIRST, figure, other: '', ratio: null, bar: '<= 800 ms' };
}

const LONE = 'lone record, produce to handler, p50';
const FIRST = 'first record after the start of the command, handler in TypeScript';

function line({ name, figure, other, ratio, bar }: Row): string {
  const cells = [
    figure.padStart(10),
    other.padStart(16),
    ratio === null ? ''.padStart(8) : `${ratio.toFixed(2)} x`.padStart(8),
  ];
  return figure === '' ? name : `${name.padEnd(72)} ${cells.join(' ')}  ${bar}`;
}

const rate = (perSecond: number): string =>
  perSecond >= 1_000_000
    ? `${(perSecond / 1_000_000).toFixed(2)} M/s`
    : `${(perSecond / 1000).toFixed(1)} k/s`;

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

await main();

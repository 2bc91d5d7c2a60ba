import { type Block, keyHash } from '../src/contract/block.ts';
import { systemClock } from '../src/contract/clock.ts';
import type { PipelineConfig } from '../src/contract/config.ts';
import { VERDICT } from '../src/contract/verdict.ts';
import type { Chunk } from '../src/flow/chunk.ts';
import type { Epoch } from '../src/flow/epoch.ts';
import { Flow } from '../src/flow/flow.ts';
import { WorkerPool } from '../src/pool/worker-pool.ts';
import { benchConfig } from './bench-config.ts';

/** What one run of the dispatcher alone gave. */
export interface SyntheticResult {
  readonly perSecond: number;
  /** Busy time of the main thread per record, in us. */
  readonly mainMicros: number;
}

/**
 * The dispatcher alone: blocks made beforehand go through the real flow to real threads and back, without a broker. Run as a program:
 * keys, partitions, threads and records as JSON; prints a SyntheticResult.
 */
const [{ keys, partitions, threads, records }] = JSON.parse(process.argv[2] as string) as [
  { keys: number; partitions: number; threads: number; records: number },
];
const config = benchConfig({
  brokers: 'none:0',
  topic: 'none',
  group: 'none',
  handler: 'count.mjs',
  threads,
  concurrencyPerThread: 16,
  ordering: 'key',
});
const pipeline = config.pipelines[0] as PipelineConfig;
const pool = new WorkerPool<Chunk>(config.workers, systemClock);
let index = 0;
const flow = new Flow({
  pipeline,
  limits: new Array<number>(threads).fill(16),
  clock: systemClock,
  random: Math.random,
  onWantCommit: commit,
  onRoom: () => {},
  threads: {
    send: (chunk) => pool.send(0, chunk),
    meanMs: (partition) => pool.meanMs(partition),
    nextIndex: () => index++,
    announce: (each) =>
      pool.announce({
        index: each.index,
        topic: each.topic,
        partition: each.partition,
        origin: 0n,
      }),
    forget: (each) => pool.forget(each.index),
    open: (thread, partition, lane) => pool.open(thread, partition, lane),
    recall: (each) => pool.recall(each.index),
    abort: (each, reason) => pool.abort(each.index, reason),
    claim: () => true,
    unclaim: () => {},
    isSaturated: () => false,
  },
});
pool.listen(0, {
  threadUp: (thread) => flow.threadUp(thread),
  threadRetiring: () => {},
  threadLeft: () => {},
  threadClaimed: () => {},
  verdict: (chunk, place, count, verdict) => {
    for (const run of chunk.runs) hungry.add(run.partition);
    flow.back(chunk, place, count, verdict, verdict === VERDICT.produced);
  },
  failed: (chunk, place, failure) => flow.failed(chunk, place, failure),
  outputs: () => {},
  opened: (partition, lane) => flow.opened(partition, lane),
  turn: () => {
    flow.turn();
    feed();
  },
  threadDied: () => {},
});

/** Less when there are many partitions: each gets its share of the buffer. */
const RECORDS_PER_BLOCK = Math.min(5000, Math.max(40, Math.floor(40_000 / partitions)));
const templates = Array.from({ length: 8 }, () => block());
const epochs: Epoch[] = [];
/** Partitions of which records came back. */
const hungry = new Set<number>();
let fed = 0;
let startedMs = 0;
let startedBusy = performance.eventLoopUtilization();

const url = new URL('../../bench/handlers/count.mjs', import.meta.url);
await pool.start([
  {
    pipeline: 'bench',
    url: url.href,
    exportName: null,
    isCheck: false,
    witness: null,
    options: {},
    deserialize: { key: 'bytes', value: 'bytes' },
    timeoutMs: 30_000,
    graceMs: 5000,
    concurrency: 16,
    sink: null,
  },
]);
for (let i = 0; i < partitions; i++) {
  epochs.push(flow.assign('bench', i, 0n, 0n));
  hungry.add(i);
}
startedMs = performance.now();
startedBusy = performance.eventLoopUtilization();
feed();

/** Offers blocks to every partition of which records came back and that has room, as a fetch would. */
function feed(): void {
  for (const i of hungry) {
    const epoch = epochs[i] as Epoch;
    while (fed < records && epoch.room() > 0) {
      const base = epoch.position;
      fed += RECORDS_PER_BLOCK;
      const template = templates[(i + fed) % templates.length] as Omit<Block, 'base' | 'next'>;
      epoch.admit({ ...template, base, next: base + BigInt(RECORDS_PER_BLOCK) });
    }
  }
  hungry.clear();
  if (flow.tally.of('bench').ack >= records) finish();
}

function commit(): void {
  for (const epoch of epochs) {
    const point = epoch.commitPoint();
    if (point) epoch.confirm(point);
  }
}

function finish(): void {
  const seconds = (performance.now() - startedMs) / 1000;
  const busy = performance.eventLoopUtilization(startedBusy).active;
  const result: SyntheticResult = {
    perSecond: records / seconds,
    mainMicros: (busy * 1000) / records,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
}

/** A block of records of 200 bytes with random keys, laid out as a fetch brings them. */
function block(): Omit<Block, 'base' | 'next'> {
  const count = RECORDS_PER_BLOCK;
  const start = new Int32Array(count);
  const end = new Int32Array(count);
  const hash = new Int32Array(count);
  const offset = Float64Array.from({ length: count }, (_, i) => i);
  const pieces: Buffer[] = [];
  let at = 0;
  const push = (piece: Buffer): void => {
    pieces.push(piece);
    at += piece.byteLength;
  };
  for (let i = 0; i < count; i++) {
    const key = Buffer.from(`key-${String(Math.floor(Math.random() * keys)).padStart(6, '0')}`);
    push(Buffer.from([0xb8, 0x03, 0, 0, 0]));
    start[i] = at;
    push(
      Buffer.concat([
        Buffer.from([key.byteLength * 2]),
        key,
        Buffer.from([0x90, 0x03]),
        Buffer.alloc(200),
        Buffer.from([0]),
      ]),
    );
    end[i] = at;
    hash[i] = keyHash(key, 0, key.byteLength);
  }
  return {
    bytes: Buffer.concat(pieces),
    count,
    offset,
    timestamp: new Float64Array(count),
    start,
    end,
    hash,
  };
}

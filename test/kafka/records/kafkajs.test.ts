/**
 * The same bytes seen by kafkajs's own encoder and decoder, so that neither side is only right
 * about itself.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeBatch } from '../../../src/kafka/records/encode-batch.ts';
import { readSet } from '../../../src/kafka/records/read-set.ts';
import { recordsFrom } from './arbitrary.ts';
import { type NaiveRecord, recordsOf } from './naive.ts';

interface Encoded {
  readonly buffer: Buffer;
}
interface KafkajsBatch {
  readonly records: readonly {
    readonly offset: string;
    readonly timestamp: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Record<string, Buffer | Buffer[]>;
  }[];
}

const require = createRequire(import.meta.url);
const protocol = 'kafkajs/src/protocol';
const Decoder = require(`${protocol}/decoder`) as new (bytes: Buffer) => object;
const decodeBatch = require(`${protocol}/recordBatch/v0/decoder`) as (
  decoder: object,
) => Promise<KafkajsBatch>;
const { RecordBatch } = require(`${protocol}/recordBatch/v0`) as {
  RecordBatch: (batch: object) => Promise<Encoded>;
};
const Record = require(`${protocol}/recordBatch/record/v0`) as (record: object) => Encoded;

/** Only what kafkajs can write and read: no null header values, no names that every object has. */
const records = recordsFrom(0n, 6).map((list) =>
  list.map((each, i) => ({
    ...each,
    offset: BigInt(i),
    headers: each.headers.flatMap(([name, value]) =>
      value === null || name in {} || name === '' ? [] : [[name, value] as const],
    ),
  })),
);

for (const [compression, number] of [
  ['none', 0],
  ['gzip', 1],
] as const) {
  describe(`kafkajs, compression ${compression}`, () => {
    it('reads what encodeBatch writes', async () => {
      await fc.assert(
        fc.asyncProperty(records, async (list) => {
          const given = list.map((each) => ({ ...each, timestampMs: Number(each.timestamp) }));
          const encoded = await encodeBatch(given, { compression, nowMs: 0 });
          const decoded = await decodeBatch(new Decoder(Buffer.from(encoded)));
          const seen = decoded.records.map(({ offset, timestamp, key, value, headers }) => ({
            offset: BigInt(offset),
            timestamp: BigInt(timestamp),
            key,
            value,
            headers: byName(Object.entries(headers).flatMap(([name, v]) => pairs(name, v))),
          }));
          assert.deepEqual(seen, list.map(sorted));
        }),
      );
    });

    it('writes what readSet reads', async () => {
      await fc.assert(
        fc.asyncProperty(records, async (list) => {
          const firstTimestamp = Number(list[0]?.timestamp);
          const batch = await RecordBatch({
            compression: number,
            firstTimestamp,
            lastOffsetDelta: list.length - 1,
            records: list.map((each, offsetDelta) =>
              Record({
                ...each,
                offsetDelta,
                timestampDelta: Number(each.timestamp) - firstTimestamp,
                headers: grouped(each.headers),
              }),
            ),
          });
          const options = { from: 0n, abortedTransactions: [], checkCrc: true, own: true };
          const first = readSet(batch.buffer, { ...options, maxExpandedBytes: 1 << 24 });
          const reading = first.kind === 'packed' ? await first.expand() : first;
          assert(reading.kind === 'block', `a block, not ${reading.kind}`);
          assert.deepEqual(recordsOf(reading.block).map(sorted), list.map(sorted));
        }),
      );
    });
  });
}

type Pair = readonly [string, Buffer | null];

function pairs(name: string, values: Buffer | Buffer[]): Pair[] {
  return [values].flat().map((value) => [name, value] as const);
}

/** kafkajs keeps the order of equal names only. */
function byName(list: readonly Pair[]): Pair[] {
  return [...list].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function sorted(each: NaiveRecord): NaiveRecord {
  return { ...each, headers: byName(each.headers) };
}

function grouped(list: readonly Pair[]): Record<string, (Buffer | null)[]> {
  const groups: Record<string, (Buffer | null)[]> = {};
  for (const [name, value] of list) groups[name] = [...(groups[name] ?? []), value];
  return groups;
}

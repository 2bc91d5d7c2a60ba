import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Compression } from '../../../src/contract/config.ts';
import { type EncodeOptions, encodeBatch } from '../../../src/kafka/records/encode-batch.ts';
import { type OutRecord, sizeOf } from '../../../src/kafka/records/out-record.ts';
import { readSet } from '../../../src/kafka/records/read-set.ts';
import { headers, recordsFrom } from './arbitrary.ts';
import { batch, type NaiveRecord, record, recordsOf } from './naive.ts';

const NOW = 1_700_000_000_000;
const plain: EncodeOptions = { compression: 'none', nowMs: NOW };
const lone: OutRecord = { key: null, value: Buffer.from('v'), headers: [], timestampMs: NOW };

function out(from: NaiveRecord): OutRecord {
  const { key, value, headers: pairs, timestamp } = from;
  return { key, value, headers: pairs, timestampMs: Number(timestamp) };
}

async function readBack(bytes: Uint8Array): Promise<NaiveRecord[]> {
  const options = { from: 0n, abortedTransactions: null, checkCrc: true, own: false };
  const first = readSet(bytes, { ...options, maxExpandedBytes: 1 << 24 });
  const reading = first.kind === 'packed' ? await first.expand() : first;
  assert(reading.kind === 'block', `a block, not ${reading.kind}`);
  return recordsOf(reading.block);
}

describe('encodeBatch', () => {
  it('writes what the protocol describes, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(recordsFrom(0n), async (list) => {
        const dense = list.map((each, i) => ({ ...each, offset: BigInt(i) }));
        const encoded = Buffer.from(await encodeBatch(dense.map(out), plain));
        const expected = batch({ records: dense });
        // No leader epoch and no producer, where the plain writer has an epoch of 0.
        expected.writeInt32BE(-1, 12);
        expected.writeBigInt64BE(maxTimestamp(dense), 35);
        assert.deepEqual(encoded.subarray(21), expected.subarray(21));
        assert.deepEqual(encoded.subarray(0, 17), expected.subarray(0, 17));
      }),
    );
  });

  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
    it(`keeps every record as it was given, compression ${compression}`, async () => {
      await fc.assert(
        fc.asyncProperty(recordsFrom(0n, 20), async (list) => {
          const dense = list.map((each, i) => ({ ...each, offset: BigInt(i) }));
          const encoded = await encodeBatch(dense.map(out), { ...plain, compression });
          assert.deepEqual(await readBack(encoded), dense);
        }),
        { numRuns: 50 },
      );
    });
  }

  it('gives a batch without compression at once', () => {
    assert(encodeBatch([lone], plain) instanceof Uint8Array);
  });

  it('keeps the order, the repeats, empty names and null values of headers', async () => {
    const pairs: [string, Buffer | null][] = [
      ['b', Buffer.from('1')],
      ['a', null],
      ['', Buffer.alloc(0)],
      ['b', Buffer.from('2')],
      ['__proto__', Buffer.from('3')],
      ['constructor', null],
    ];
    const [back] = await readBack(await encodeBatch([{ ...lone, headers: pairs }], plain));
    assert.deepEqual(back?.headers, pairs);
  });

  it('writes a header name that is not text as the bytes that it is', async () => {
    const name = Buffer.from([0xff, 0x00, 0xc3]);
    const encoded = Buffer.from(await encodeBatch([{ ...lone, headers: [[name, null]] }], plain));
    assert(encoded.includes(name));
  });

  it('gives a record whose time is open that of the batch, and leaves -1 as it is', async () => {
    const times = [null, -1, 5].map((timestampMs) => ({ ...lone, timestampMs }));
    const back = await readBack(await encodeBatch(times, plain));
    assert.deepEqual(
      back.map(({ timestamp }) => timestamp),
      [BigInt(NOW), -1n, 5n],
    );
  });

  it('takes timestamps of any size, however far apart', async () => {
    for (const times of [
      [1.7e18, 0],
      [0, 1.7e18],
      [2 ** 52, -(2 ** 52)],
    ]) {
      const list = times.map((timestampMs) => ({ ...lone, timestampMs }));
      const back = await readBack(await encodeBatch(list, plain));
      assert.deepEqual(
        back.map(({ timestamp }) => Number(timestamp)),
        times,
      );
    }
    assert(encodeBatch([{ ...lone, timestampMs: 2 ** 70 }], plain) instanceof Uint8Array);
  });

  it('states the producer, and the transactional and control bits, where they are given', async () => {
    const producer = { id: 2n ** 40n, epoch: 3, sequence: 99 };
    const options: EncodeOptions = { ...plain, producer, transactional: true, control: true };
    const encoded = Buffer.from(await encodeBatch([lone], options));
    assert.equal(encoded.readInt16BE(21), 0x30);
    assert.equal(encoded.readBigInt64BE(43), producer.id);
    assert.equal(encoded.readInt16BE(51), producer.epoch);
    assert.equal(encoded.readInt32BE(53), producer.sequence);
    const without = Buffer.from(await encodeBatch([lone], plain));
    assert.deepEqual([...without.subarray(43, 57)], Array(14).fill(0xff));
  });

  it('states the codec in the attributes', async () => {
    const codecs: Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
    for (const [number, compression] of codecs.entries()) {
      const encoded = Buffer.from(await encodeBatch([lone], { ...plain, compression }));
      assert.equal(encoded.readInt16BE(21), number);
    }
  });

  it('refuses a batch without records and a timestamp that is no whole number', () => {
    assert.throws(() => encodeBatch([], plain), { code: 'ERR_ASSERTION' });
    for (const timestampMs of [Number.NaN, 0.5, Number.POSITIVE_INFINITY]) {
      assert.throws(() => encodeBatch([{ ...lone, timestampMs }], plain), {
        code: 'ERR_ASSERTION',
      });
    }
  });
});

describe('sizeOf', () => {
  it('is never below what the record takes in a batch, and not far above', () => {
    fc.assert(
      fc.property(recordsFrom(0n, 1), headers, ([first], pairs) => {
        const each = { ...out(first ?? record(0)), headers: pairs };
        const taken = (encodeBatch([each], plain) as Uint8Array).byteLength - 61;
        assert(sizeOf(each) >= taken);
        assert(sizeOf(each) <= taken + 36 + 8 * pairs.length);
      }),
    );
  });
});

function maxTimestamp(records: readonly NaiveRecord[]): bigint {
  return records.map(({ timestamp }) => timestamp).sort((a, b) => Number(b - a))[0] ?? -1n;
}

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { crc32, gzipSync } from 'node:zlib';
import type { Compression } from '../../../src/contract/config.ts';
import { CODEC_NUMBER, compress } from '../../../src/kafka/records/codecs.ts';
import { type BlockReading, nextOffset, readSet } from '../../../src/kafka/records/read-set.ts';
import { batch, int32, int64, type NaiveRecord, record, recordsOf, uint32 } from './naive.ts';

const require = createRequire(import.meta.url);
const kafkajsMessageSet = require('kafkajs/src/protocol/messageSet') as (options: object) => {
  buffer: Buffer;
};

interface OldMessage {
  readonly offset: number;
  readonly magic: 0 | 1;
  readonly attributes?: number;
  readonly timestamp?: number;
  readonly key?: Buffer | null;
  readonly value: Buffer | null;
}

/** One message of magic 0 or 1, field by field. */
function message(of: OldMessage): Buffer {
  const bytes = (value: Buffer | null): Buffer =>
    value === null ? int32(-1) : Buffer.concat([int32(value.length), value]);
  const checked = Buffer.concat([
    Buffer.from([of.magic, of.attributes ?? 0]),
    of.magic === 1 ? int64(BigInt(of.timestamp ?? 1000)) : Buffer.alloc(0),
    bytes(of.key ?? null),
    bytes(of.value),
  ]);
  const sized = Buffer.concat([uint32(crc32(checked)), checked]);
  return Buffer.concat([int64(BigInt(of.offset)), int32(sized.length), sized]);
}

function text(value: string): Buffer {
  return Buffer.from(value);
}

async function read(set: Uint8Array, from = 0n, checkCrc = true): Promise<BlockReading> {
  const options = { from, abortedTransactions: [], checkCrc, own: true };
  const first = readSet(set, { ...options, maxExpandedBytes: 1 << 20 });
  assert(first.kind === 'packed', `something to expand, not ${first.kind}`);
  return await first.expand();
}

async function records(set: Uint8Array, from = 0n): Promise<NaiveRecord[]> {
  const reading = await read(set, from);
  if (reading.kind === 'corrupt') throw reading.error;
  return recordsOf(reading.block);
}

describe('messages before record batches', () => {
  it('of magic 0 have no timestamp', async () => {
    const set = Buffer.concat([
      message({ offset: 7, magic: 0, key: text('k'), value: text('v') }),
      message({ offset: 9, magic: 0, key: null, value: null }),
    ]);
    const rest = { timestamp: -1n, headers: [] };
    assert.deepEqual(await records(set), [
      { ...rest, offset: 7n, key: text('k'), value: text('v') },
      { ...rest, offset: 9n, key: null, value: null },
    ]);
  });

  it('of magic 1 have one, also past 2^53', async () => {
    const times = [0, 1_700_000_000_000, -1, 1.7e18];
    const set = times.map((timestamp, offset) =>
      message({ offset, magic: 1, timestamp, value: text('v') }),
    );
    const back = await records(Buffer.concat(set));
    assert.deepEqual(
      back.map(({ timestamp }) => Number(timestamp)),
      times,
    );
  });

  it('as kafkajs writes them are read', async () => {
    for (const messageVersion of [0, 1]) {
      const { buffer } = kafkajsMessageSet({
        messageVersion,
        compression: 0,
        entries: [{ key: 'a', value: 'b', timestamp: 5 }],
      });
      buffer.writeBigInt64BE(3n, 0);
      const [back] = await records(buffer);
      assert.deepEqual([back?.offset, back?.key, back?.value], [3n, text('a'), text('b')]);
    }
  });

  for (const codec of ['gzip', 'snappy', 'lz4'] satisfies Compression[]) {
    it(`are read out of a message compressed with ${codec}`, async () => {
      const inner = [0, 1, 2].map((offset) =>
        message({ offset, magic: 1, timestamp: 100 + offset, value: text(`v${offset}`) }),
      );
      const value = Buffer.from(await compress(codec, Buffer.concat(inner)));
      const attributes = CODEC_NUMBER[codec];
      const set = message({ offset: 12, magic: 1, attributes, value });
      const back = await records(set, 11n);
      assert.deepEqual(
        back.map(({ offset }) => offset),
        [11n, 12n],
      );
      assert.deepEqual(
        back.map(({ timestamp }) => timestamp),
        [101n, 102n],
      );
      assert.equal(nextOffset(set, 0n), 13n);
    });
  }

  it('count from the last one in a compressed message, also when compaction has taken some', async () => {
    const inner = [1, 5].map((offset) => message({ offset, magic: 1, value: text('v') }));
    const value = gzipSync(Buffer.concat(inner));
    const back = await records(message({ offset: 105, magic: 1, attributes: 1, value }));
    assert.deepEqual(
      back.map(({ offset }) => offset),
      [101n, 105n],
    );
  });

  it('have their own offsets in a compressed message of magic 0', async () => {
    const inner = [101, 105].map((offset) => message({ offset, magic: 0, value: text('v') }));
    const value = gzipSync(Buffer.concat(inner));
    const back = await records(message({ offset: 105, magic: 0, attributes: 1, value }));
    assert.deepEqual(
      back.map(({ offset }) => offset),
      [101n, 105n],
    );
  });

  it('have the broker time of the message that they are compressed in', async () => {
    const inner = message({ offset: 0, magic: 1, timestamp: 1, value: text('v') });
    const outer = { magic: 1, attributes: 0x09, timestamp: 77, value: gzipSync(inner) } as const;
    const [back] = await records(message({ offset: 3, ...outer }));
    assert.equal(back?.timestamp, 77n);
  });

  it('may stand in one set with record batches', async () => {
    const set = Buffer.concat([
      message({ offset: 0, magic: 0, value: text('v') }),
      message({ offset: 1, magic: 1, value: text('v') }),
      batch({ records: [record(2), record(3)] }),
      batch({ records: [record(4)], attributes: 1, pack: gzipSync }),
    ]);
    const back = await records(set);
    assert.deepEqual(
      back.map(({ offset }) => offset),
      [0n, 1n, 2n, 3n, 4n],
    );
  });

  it('that are cut off are ignored', async () => {
    const whole = message({ offset: 0, magic: 1, value: text('v') });
    for (let length = 1; length < whole.length; length++) {
      const set = Buffer.concat([whole, whole.subarray(0, length)]);
      assert.equal((await records(set)).length, 1);
    }
  });

  const inner = message({ offset: 0, magic: 1, value: text('v') });
  const packed = { offset: 0, magic: 1, attributes: 1 } as const;
  const corruptions: Record<string, Buffer> = {
    'a checksum that is wrong': message({ offset: 0, magic: 1, value: text('v') }).fill(0, 12, 16),
    'a field past the end': message({ offset: 0, magic: 0, value: text('v') }).fill(9, 20, 22),
    'a length of -2': message({ offset: 0, magic: 0, value: null }).fill(0xfe, 21, 22),
    'bytes after the value': Buffer.concat([
      message({ offset: 0, magic: 0, value: text('v') }).fill(int32(16), 8, 12),
      Buffer.alloc(1),
    ]),
    'no value where the compressed ones should be': message({ ...packed, value: null }),
    'a negative offset': message({ offset: -1, magic: 1, value: null }),
    'a first offset below 0': message({
      ...packed,
      value: gzipSync(Buffer.concat([inner, message({ offset: 5, magic: 1, value: null })])),
    }),
    'nothing in it': message({ ...packed, value: gzipSync('') }),
    'a message in it that is cut off': message({ ...packed, value: gzipSync(inner.subarray(1)) }),
    'a message in it of another format': message({
      ...packed,
      value: gzipSync(message({ offset: 0, magic: 0, value: null })),
    }),
    'a message in it that is compressed again': message({
      ...packed,
      value: gzipSync(message({ ...packed, value: gzipSync(inner) })),
    }),
    'offsets in it that go back': message({
      ...packed,
      offset: 5,
      value: gzipSync(Buffer.concat([inner, inner])),
    }),
    'offsets in it that are too far apart': message({
      offset: 2 ** 32 + 5,
      magic: 0,
      attributes: 1,
      value: gzipSync(
        Buffer.concat([0, 2 ** 32 + 5].map((offset) => message({ offset, magic: 0, value: null }))),
      ),
    }),
    'a last offset that is not its own': message({
      offset: 9,
      magic: 0,
      attributes: 1,
      value: gzipSync(message({ offset: 8, magic: 0, value: null })),
    }),
  };
  for (const [what, set] of Object.entries(corruptions)) {
    it(`with ${what} are reported`, async () => {
      const reading = await read(set, 0n, what.includes('checksum'));
      assert(reading.kind === 'corrupt');
      assert.equal(reading.error.code, 'MR310');
    });
  }

  it('that expand to more than the bound are reported by the code for it', async () => {
    const value = gzipSync(Buffer.alloc(2 << 20));
    const reading = await read(message({ ...packed, value }));
    assert(reading.kind === 'corrupt');
    assert.equal(reading.error.code, 'MR311');
  });

  it('that are too many for the bound as objects are reported like too many bytes', async () => {
    const many = Array.from({ length: 5000 }, (_, offset) =>
      message({ offset, magic: 0, value: null }),
    );
    const value = gzipSync(Buffer.concat(many));
    const reading = await read(message({ offset: 4999, magic: 0, attributes: 1, value }));
    assert(reading.kind === 'corrupt');
    assert.equal(reading.error.code, 'MR311');
  });

  it('of an unknown codec are reported by the code for it', async () => {
    const reading = await read(message({ offset: 0, magic: 1, attributes: 7, value: text('v') }));
    assert(reading.kind === 'corrupt');
    assert.equal(reading.error.code, 'MR312');
  });
});

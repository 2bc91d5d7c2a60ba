/**
 * Thousands of damaged record sets: whatever the bytes are, a reading is one of the five kinds,
 * within its bounds.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Block } from '../../../src/contract/block.ts';
import { encodeBatch } from '../../../src/kafka/records/encode-batch.ts';
import { nextOffset, readSet } from '../../../src/kafka/records/read-set.ts';
import { batch, marker, record } from './naive.ts';

const MAX = 1 << 20;

/** Sound sets to start from: each kind of entry that exists. */
async function seeds(): Promise<Buffer[]> {
  const records = [0, 1, 2].map((offset) => record(offset));
  const out = records.map((each) => ({ ...each, timestampMs: 5 }));
  const packed = await Promise.all(
    (['gzip', 'snappy', 'lz4', 'zstd'] as const).map((compression) =>
      encodeBatch(out, { compression, nowMs: 0 }),
    ),
  );
  const plain = batch({ records: [record(3), record(4)], attributes: 0x10, producerId: 1n });
  return [
    Buffer.concat([
      batch({ records }),
      plain,
      marker('abort', 1n, 5n),
      batch({ records: [record(6)] }),
    ]),
    ...packed.map((each) => Buffer.concat([each, plain])),
    Buffer.concat([oldMessage(0, 0, Buffer.from('v')), oldMessage(1, 1, null)]),
    oldMessage(1, 1, gzipSync(Buffer.concat([oldMessage(0, 1, null), oldMessage(1, 1, null)])), 1),
  ];
}

function oldMessage(offset: number, magic: number, value: Buffer | null, attributes = 0): Buffer {
  const bytes = Buffer.alloc(26 + (magic === 1 ? 8 : 0));
  bytes.writeBigInt64BE(BigInt(offset));
  bytes.writeInt32BE(bytes.length - 12 + (value?.length ?? 0), 8);
  bytes.writeUInt8(magic, 16);
  bytes.writeUInt8(attributes, 17);
  bytes.writeInt32BE(-1, bytes.length - 8);
  bytes.writeInt32BE(value === null ? -1 : value.length, bytes.length - 4);
  return Buffer.concat([bytes, value ?? Buffer.alloc(0)]);
}

function checkBlock(block: Block, from: bigint): void {
  const { bytes, count, start, end, offset, next } = block;
  assert(next >= from);
  let previous = -1;
  for (let i = 0; i < count; i++) {
    const [at = -1, to = -1, delta = -1] = [start[i], end[i], offset[i]];
    assert(at >= 0 && at < to && to <= bytes.byteLength);
    assert(Number.isSafeInteger(delta) && delta > previous);
    assert(block.base + BigInt(delta) >= from && block.base + BigInt(delta) < next);
    assert(!Number.isNaN(block.timestamp[i]));
    previous = delta;
  }
}

/** Kinds of reading seen, so that the test can tell that it met more than one. */
async function checkReading(set: Uint8Array, from: bigint, seen: Set<string>): Promise<void> {
  const abortedTransactions = [{ producerId: 1n, firstOffset: 0n }];
  const options = { from, abortedTransactions, checkCrc: false, own: true, maxExpandedBytes: MAX };
  const next = nextOffset(set, from);
  assert(next === null || next >= from);
  const first = readSet(set, options);
  seen.add(first.kind);
  const reading = first.kind === 'packed' ? await first.expand() : first;
  seen.add(`${first.kind} ${reading.kind === 'corrupt' ? reading.error.code : reading.kind}`);
  if (reading.kind === 'block') checkBlock(reading.block, from);
}

const edits = fc.array(
  fc.record({
    place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    value: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff)),
    width: fc.constantFrom(1, 1, 1, 4, 8),
  }),
  { minLength: 1, maxLength: 5 },
);

describe('a record set with damaged bytes', () => {
  it('is read without a throw, a hang or a place outside of it', async () => {
    const sound = await seeds();
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...sound),
        edits,
        fc.double({ min: 0.5, max: 1, noNaN: true }),
        fc.constantFrom(0n, 0n, 4n, 2n ** 62n),
        async (seed, list, keep, from) => {
          const set = Buffer.from(seed.subarray(0, Math.ceil(seed.length * keep)));
          for (const { place, value, width } of list) {
            const at = Math.floor(place * set.length);
            set.fill(value, at, Math.min(at + width, set.length));
          }
          await checkReading(set, from, seen);
        },
      ),
      { numRuns: 15_000 },
    );
    assert(seen.has('block block') && seen.has('packed block') && seen.has('packed MR310'));
  });

  it('is read when every single byte is at its worst', async () => {
    const seen = new Set<string>();
    for (const seed of await seeds()) {
      for (let at = 0; at < seed.length; at++) {
        for (const value of [0x00, 0x01, 0x07, 0x7f, 0x80, 0xff]) {
          const set = Buffer.from(seed);
          set.writeUInt8(value, at);
          await checkReading(set, 0n, seen);
        }
      }
    }
    for (const kind of [
      'block block',
      'too-small too-small',
      'corrupt MR310',
      'packed block',
      'packed MR310',
      'packed MR312',
    ]) {
      assert(seen.has(kind), `${kind} was never met, only ${[...seen]}`);
    }
  });

  it('is read when the damage is inside what is compressed', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(edits, fc.nat({ max: 40 }), async (list, count) => {
        const pack = (plain: Buffer): Buffer => {
          for (const { place, value, width } of list) {
            const at = Math.floor(place * plain.length);
            plain.fill(value, at, Math.min(at + width, plain.length));
          }
          return gzipSync(plain);
        };
        const records = [0, 1, 2].map((offset) => record(offset));
        const counted = count > 20 ? {} : { count };
        const set = batch({ records, attributes: 1, pack, ...counted });
        await checkReading(set, 0n, seen);
      }),
      { numRuns: 3000 },
    );
    assert(seen.has('packed block') && seen.has('packed MR310'));
  });

  it('is read when it is nothing but random bytes', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (set) => checkReading(set, 0n, seen)),
      { numRuns: 2000 },
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { AbortedTransaction } from '../../../src/kafka/records/aborted.ts';
import { readSet } from '../../../src/kafka/records/read-set.ts';
import { batch, marker, record, recordsOf } from './naive.ts';

/** Offsets that are delivered from a set, and where it ends. */
async function deliver(
  set: Uint8Array,
  from: bigint,
  abortedTransactions: readonly AbortedTransaction[] | null,
): Promise<{ offsets: bigint[]; next: bigint }> {
  const options = { from, abortedTransactions, checkCrc: true, own: true };
  const first = readSet(set, { ...options, maxExpandedBytes: 1 << 20 });
  const reading = first.kind === 'packed' ? await first.expand() : first;
  if (reading.kind === 'corrupt') throw reading.error;
  assert(reading.kind === 'block');
  const { block } = reading;
  return { offsets: recordsOf(block).map(({ offset }) => offset), next: block.next };
}

const TRANSACTIONAL = 0x10;

function data(
  producerId: bigint,
  first: number,
  count: number,
  attributes = TRANSACTIONAL,
): Buffer {
  const records = Array.from({ length: count }, (_, i) => record(first + i));
  const pack = (attributes & 7) === 1 ? { pack: gzipSync } : {};
  return batch({ records, producerId, attributes, ...pack });
}

describe('aborted transactions', () => {
  it('are hidden under read committed, and only they', async () => {
    const set = Buffer.concat([
      data(1n, 0, 2),
      data(2n, 2, 1),
      data(-1n, 3, 1, 0),
      marker('abort', 1n, 4n),
      marker('commit', 2n, 5n),
      data(1n, 6, 1),
      marker('commit', 1n, 7n),
    ]);
    const list = [{ producerId: 1n, firstOffset: 0n }];
    assert.deepEqual(await deliver(set, 0n, list), { offsets: [2n, 3n, 6n], next: 8n });
  });

  it('are delivered under read uncommitted, without their markers', async () => {
    const set = Buffer.concat([data(1n, 0, 2), marker('abort', 1n, 2n)]);
    assert.deepEqual(await deliver(set, 0n, null), { offsets: [0n, 1n], next: 3n });
  });

  it('are hidden from a position in the middle of one', async () => {
    const set = Buffer.concat([data(1n, 4, 4), marker('abort', 1n, 8n)]);
    const list = [{ producerId: 1n, firstOffset: 2n }];
    assert.deepEqual(await deliver(set, 6n, list), { offsets: [], next: 9n });
  });

  it('do not hide what the same producer writes without a transaction', async () => {
    const set = Buffer.concat([data(1n, 0, 1), data(1n, 1, 1, 0), marker('abort', 1n, 2n)]);
    const list = [{ producerId: 1n, firstOffset: 0n }];
    assert.deepEqual((await deliver(set, 0n, list)).offsets, [1n]);
  });

  it('are not expanded, so that what is wrong in them does no harm', async () => {
    const broken = { attributes: TRANSACTIONAL | 1, pack: () => Buffer.from('no gzip') };
    const set = Buffer.concat([
      batch({ records: [record(0)], producerId: 1n, ...broken }),
      marker('abort', 1n, 1n),
      data(2n, 2, 1, TRANSACTIONAL | 1),
    ]);
    const list = [{ producerId: 1n, firstOffset: 0n }];
    assert.deepEqual(await deliver(set, 0n, list), { offsets: [2n], next: 3n });
  });

  it('end with their marker also when compaction has left only its header', async () => {
    const empty = batch({ records: [], base: 1n, attributes: 0x30, producerId: 1n });
    const set = Buffer.concat([data(1n, 0, 1), empty, marker('abort', 1n, 2n), data(1n, 3, 1)]);
    const list = [{ producerId: 1n, firstOffset: 0n }];
    assert.deepEqual(await deliver(set, 0n, list), { offsets: [3n], next: 4n });
  });

  for (const [what, pack, attributes] of [
    ['is compressed', (plain: Buffer) => gzipSync(plain), 0x31],
    ['has a key too short for a type', (plain: Buffer) => shortKey(plain), 0x30],
  ] as const) {
    it(`are an error when the marker ${what}: it might have ended one`, async () => {
      const key = Buffer.from([0, 0, 0, 0]);
      const control = { ...record(1), key };
      const odd = batch({ records: [control], attributes, producerId: 1n, pack });
      const list = [{ producerId: 1n, firstOffset: 0n }];
      assert.deepEqual(await deliver(Buffer.concat([data(1n, 0, 1), odd]), 0n, list), {
        offsets: [],
        next: 1n,
      });
      await assert.rejects(deliver(odd, 1n, list), { code: 'MR310', offset: 1n });
      const lying = batch({ records: [control], attributes, producerId: 1n, pack, count: 2e9 });
      await assert.rejects(deliver(lying, 1n, list), { code: 'MR310' });
    });
  }

  it('are hidden as in a model that knows how each transaction ends', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.double({ min: 0, max: 1, noNaN: true }), async (steps, part) => {
        const { batches, list, delivered, end } = model(steps);
        const from = BigInt(Math.floor(part * Number(end)));
        const relevant = list.filter(({ last }) => last >= from);
        const set = Buffer.concat(batches.filter(({ last }) => last >= from).map((b) => b.bytes));
        assert.deepEqual(await deliver(set, from, relevant), {
          offsets: delivered.filter((offset) => offset >= from),
          next: end,
        });
      }),
      { numRuns: 300 },
    );
  });
});

/**
 * The plain records with the key length cut to 2 bytes, which moves its second half into the value.
 */
function shortKey(plain: Buffer): Buffer {
  const copy = Buffer.from(plain);
  copy.writeUInt8(4, 4);
  return copy;
}

interface Step {
  readonly producer: number;
  readonly act: 'write' | 'plain' | 'abort' | 'commit';
  readonly count: number;
  readonly gzip: boolean;
}

const history: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    producer: fc.nat({ max: 3 }),
    act: fc.constantFrom('write', 'write', 'plain', 'abort', 'commit'),
    count: fc.integer({ min: 1, max: 3 }),
    gzip: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
);

interface Model {
  readonly batches: { bytes: Buffer; last: bigint }[];
  readonly list: (AbortedTransaction & { last: bigint })[];
  readonly delivered: bigint[];
  readonly end: bigint;
}

/**
 * Writes the log of a history, with every transaction ended, and notes which offsets a reader
 * should see.
 */
function model(steps: readonly Step[]): Model {
  const batches: Model['batches'] = [];
  const list: Model['list'] = [];
  const delivered: bigint[] = [];
  const open = new Map<number, bigint[]>();
  let next = 0;
  const add = (bytes: Buffer, count: number): void => {
    next += count;
    batches.push({ bytes, last: BigInt(next - 1) });
  };
  const finish = (producer: number, act: 'abort' | 'commit'): void => {
    const offsets = open.get(producer);
    if (offsets === undefined) return;
    open.delete(producer);
    if (act === 'commit') delivered.push(...offsets);
    else {
      const [firstOffset = 0n] = offsets;
      list.unshift({ producerId: BigInt(producer), firstOffset, last: BigInt(next) });
    }
    add(marker(act, BigInt(producer), BigInt(next)), 1);
  };
  for (const { producer, act, count, gzip } of steps) {
    if (act === 'abort' || act === 'commit') {
      finish(producer, act);
      continue;
    }
    const offsets = Array.from({ length: count }, (_, i) => BigInt(next + i));
    if (act === 'plain') delivered.push(...offsets);
    else open.set(producer, [...(open.get(producer) ?? []), ...offsets]);
    const attributes = (act === 'write' ? TRANSACTIONAL : 0) | (gzip ? 1 : 0);
    add(data(BigInt(producer), next, count, attributes), count);
  }
  for (const producer of [...open.keys()]) finish(producer, 'abort');
  delivered.sort((a, b) => Number(a - b));
  return { batches, list, delivered, end: BigInt(next) };
}

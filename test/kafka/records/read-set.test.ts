import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { keyHash, NO_KEY } from '../../../src/contract/block.ts';
import { nextOffset } from '../../../src/kafka/records/read-set.ts';
import { log } from './arbitrary.ts';
import { batch, int32, marker, type NaiveRecord, record, recordsOf, varint } from './naive.ts';
import { blockOf, codeOf, expanded, gzipped, offsets, read } from './reading.ts';

describe('readSet', () => {
  it('gives each record with its offset, timestamp, key, value and headers', () => {
    fc.assert(
      fc.property(log, (batches) => {
        const block = blockOf(read(Buffer.concat(batches.map((each) => batch(each)))));
        assert.deepEqual(
          recordsOf(block),
          batches.flatMap(({ records }) => records),
        );
        assert.equal(block.next, (batches.at(-1)?.last ?? 0n) + 1n);
      }),
    );
  });

  it('gives the hash of the key, which is 0 for null and not for an empty key', () => {
    const block = blockOf(
      read(batch({ records: [record(0, 'some'), record(1, null), record(2, '')] })),
    );
    const some = Buffer.from('some');
    assert.deepEqual([...block.hash], [keyHash(some, 0, 4), NO_KEY, keyHash(some, 0, 0)]);
    assert.notEqual(block.hash[2], NO_KEY);
  });

  it('leaves out the records below the position', async () => {
    const records = [3, 4, 5, 6].map((offset) => record(offset));
    assert.deepEqual(offsets(blockOf(read(batch({ records }), { from: 5n }))), [5n, 6n]);
    const packed = read(batch({ records, ...gzipped }), { from: 5n });
    assert.deepEqual(offsets(await expanded(packed)), [5n, 6n]);
  });

  it('never lets the position go back, not even for a set that is below it', async () => {
    const below = batch({ records: [record(3)] });
    assert.equal(blockOf(read(below, { from: 50n })).next, 50n);
    const packed = batch({ records: [record(3)], ...gzipped });
    assert.equal((await expanded(read(packed, { from: 50n }))).next, 50n);
  });

  it('takes the broker time of a batch that has one for all its records', () => {
    const records = [record(0), record(1)];
    const block = blockOf(read(batch({ records, attributes: 0x08, maxTimestamp: 77n })));
    assert.deepEqual([...block.timestamp], [77, 77]);
  });

  it('says in which leader epoch the record before the end of the block was written', async () => {
    const inEpoch = (epoch: number, offset: number, how: object = {}): Buffer => {
      const bytes = Buffer.from(batch({ records: [record(offset)], ...how }));
      bytes.writeInt32BE(epoch, 12);
      return bytes;
    };
    const epochOf = async (set: Buffer): Promise<number | null> => {
      const reading = read(set);
      const end = reading.kind === 'packed' ? await reading.expand() : reading;
      return end.kind === 'block' ? end.leaderEpoch : null;
    };
    const plain = Buffer.concat([inEpoch(3, 0), inEpoch(5, 1)]);
    assert.equal(await epochOf(plain), 5);
    assert.equal(await epochOf(plain.subarray(0, -1)), 3);
    assert.equal(await epochOf(Buffer.concat([inEpoch(3, 0), inEpoch(5, 1, gzipped)])), 5);
    // The block ends before a batch that is damaged: of which epoch its end is, nobody has looked.
    const damaged = Buffer.from(plain);
    damaged.writeUInt8((damaged.at(-2) as number) ^ 1, damaged.length - 2);
    assert.equal(await epochOf(damaged), -1);
  });

  it('keeps timestamps past 2^53 as near as a number can be', () => {
    const far = { ...record(1), timestamp: 2n ** 63n - 1n };
    const block = blockOf(read(batch({ records: [{ ...record(0), timestamp: 0n }, far] })));
    assert.deepEqual([...block.timestamp], [0, 2 ** 63]);
  });

  it('moves the position over a batch whose records were all compacted away', () => {
    const empty = batch({ records: [], base: 10n, last: 20n });
    const block = blockOf(read(empty, { from: 10n }));
    assert.equal(block.count, 0);
    assert.equal(block.next, 21n);
  });

  it('hides transaction markers and moves the position over them', () => {
    const set = Buffer.concat([batch({ records: [record(0)] }), marker('commit', 7n, 1n)]);
    const block = blockOf(read(set));
    assert.deepEqual(offsets(block), [0n]);
    assert.equal(block.next, 2n);
  });

  it('does not look at headers, however many there are', () => {
    const headers = Array.from({ length: 20_000 }, (_, i) => [`h${i}`, Buffer.from('v')] as const);
    const many: NaiveRecord = { ...record(0), headers };
    const block = blockOf(read(batch({ records: [many, record(1)] })));
    assert.deepEqual(recordsOf(block)[0]?.headers, headers);
    assert.deepEqual(offsets(block), [0n, 1n]);
  });

  it('copies a set that is part of a larger response, and takes one that is not as it is', () => {
    const set = batch({ records: [record(0)] });
    const response = Buffer.concat([Buffer.from('before'), set, Buffer.from('after')]);
    const part = response.subarray(6, 6 + set.length);
    const copy = blockOf(read(part)).bytes;
    assert.equal(copy.buffer.byteLength, set.length);
    assert.equal(blockOf(read(part, { own: true })).bytes.buffer, response.buffer);
  });

  it('gives an empty block for an empty set', () => {
    const block = blockOf(read(Buffer.alloc(0), { from: 9n }));
    assert.equal(block.count, 0);
    assert.equal(block.next, 9n);
  });

  it('ignores what the size limit has cut off, wherever the cut is', () => {
    const batches = [[0, 1], [2], [3, 4]].map((list) => list.map((offset) => record(offset)));
    const set = batches.map((records) => batch({ records }));
    const whole = Buffer.concat(set);
    const ends = [1, 2, 3].map((count) => Buffer.concat(set.slice(0, count)).length);
    for (let length = 0; length <= whole.length; length++) {
      const complete = ends.filter((end) => end <= length).length;
      const reading = read(whole.subarray(0, length));
      if (complete === 0 && length > 0) {
        assert.equal(reading.kind, 'too-small');
        continue;
      }
      const expectedOffsets = batches
        .slice(0, complete)
        .flat()
        .map(({ offset }) => offset);
      assert.deepEqual(offsets(blockOf(reading)), expectedOffsets);
    }
  });

  it('says how many bytes a batch takes that did not fit', () => {
    const set = batch({ records: [record(0)] });
    assert.deepEqual(read(set.subarray(0, 40)), { kind: 'too-small', bytes: set.length });
    assert.deepEqual(read(set.subarray(0, 4)), { kind: 'too-small', bytes: null });
  });

  it('ends the block before a batch that is corrupt, and reports that batch when it is first', () => {
    const good = batch({ records: [record(0), record(1)] });
    const bad = batch({ records: [record(2), record(3)] });
    bad.writeUInt8(bad.readUInt8(70) ^ 0xff, 70);
    const block = blockOf(read(Buffer.concat([good, bad])));
    assert.deepEqual(offsets(block), [0n, 1n]);
    assert.equal(block.next, 2n);
    const reading = read(bad, { from: block.next });
    assert(reading.kind === 'corrupt');
    assert.equal(reading.error.code, 'MR310');
    assert.equal(reading.error.offset, 2n);
    assert.equal(reading.error.after, 4n);
    assert.match(reading.error.message, /checksum.*set the group's offset to 4/);
  });

  it('reports a corrupt batch behind one that gives nothing from the position on', async () => {
    const good = batch({ records: [record(0), record(1)] });
    const bad = batch({ records: [record(2)] });
    bad.writeInt32BE(5, 8);
    const set = Buffer.concat([good, bad]);
    assert.equal(codeOf(read(set, { from: 2n })), 'MR310');
    const packed = Buffer.concat([batch({ records: [record(0)], ...gzipped, last: 1n }), bad]);
    const reading = read(packed, { from: 2n });
    assert(reading.kind === 'packed');
    assert.equal(codeOf(await reading.expand()), 'MR310');
  });

  it('reads a batch whose checksum is wrong when it is not asked to compare', () => {
    const set = batch({ records: [record(0)] });
    set.writeUInt32BE(1, 17);
    assert.equal(codeOf(read(set)), 'MR310');
    assert.deepEqual(offsets(blockOf(read(set, { checkCrc: false }))), [0n]);
  });

  const corruptions: Record<string, (set: Buffer) => Buffer | undefined> = {
    'an unknown format': (set) => set.fill(3, 16, 17),
    'a length below a header': (set) => set.fill(int32(48), 8, 12),
    'a negative length': (set) => set.fill(int32(-1), 8, 12),
    'a negative record count': (set) => set.fill(int32(-1), 57, 61),
    'more records than bytes': (set) => set.fill(int32(1000), 57, 61),
    'a record too few': (set) => set.fill(int32(1), 57, 61),
    'a record too many': (set) => set.fill(int32(3), 57, 61),
    'a negative last offset': (set) => set.fill(int32(-1), 23, 27),
    'a last offset below its records': (set) => set.fill(int32(0), 23, 27),
    'a negative offset': (set) => set.fill(0xff, 0, 1),
    'an offset at the end of the range': (set) => set.fill(0xff, 1, 8).fill(0x7f, 0, 1),
    'a record longer than the batch': (set) => set.fill(0x7e, 61, 62),
    'a record of negative length': (set) => set.fill(set.readUInt8(61) | 1, 61, 62),
    'a record of length 0': (set) => set.fill(0x00, 61, 62),
    'a varint of six bytes': (set) => set.fill(0xff, 61, 66),
    'a negative offset delta': (set) => set.fill(0x01, 64, 65),
    'a key longer than its record': (set) => set.fill(0x7e, 65, 66),
    'a key of length -2': (set) => set.fill(0x03, 65, 66),
  };

  for (const [what, corrupt] of Object.entries(corruptions)) {
    it(`reports ${what}`, () => {
      const set = batch({ records: [record(0), record(1)] });
      corrupt(set);
      assert.equal(codeOf(read(set, { checkCrc: false })), 'MR310');
    });
  }

  it('reports a batch without records whose last offset is negative', () => {
    const empty = batch({ records: [], base: 5n, last: 3n });
    assert.equal(codeOf(read(empty, { from: 0n })), 'MR310');
  });

  it('reports a timestamp of eleven bytes', () => {
    const body = Buffer.concat([
      Buffer.from([0]),
      Buffer.alloc(10, 0xff),
      Buffer.from([0, 1, 1, 0]),
    ]);
    const pack = (): Buffer => Buffer.concat([varint(BigInt(body.length)), body]);
    assert.equal(codeOf(read(batch({ records: [record(0)], pack }))), 'MR310');
  });

  it('reports batches whose offsets go back', () => {
    const back = Buffer.concat([batch({ records: [record(5)] }), batch({ records: [record(5)] })]);
    assert.equal(blockOf(read(back)).next, 6n);
    assert.equal(codeOf(read(back, { from: 6n })), 'MR310');
  });

  it('ends a block before a batch that is 2^53 offsets away, so that its offsets stay exact', () => {
    const far = 2n ** 60n;
    const set = Buffer.concat([batch({ records: [record(0)] }), batch({ records: [record(far)] })]);
    assert.equal(blockOf(read(set)).next, 1n);
    assert.deepEqual(offsets(blockOf(read(batch({ records: [record(far)] }), { from: 1n }))), [
      far,
    ]);
  });
});

describe('nextOffset', () => {
  it('is where the block of the set will end', () => {
    fc.assert(
      fc.property(log, (batches) => {
        const set = Buffer.concat(batches.map((each) => batch(each)));
        assert.equal(nextOffset(set, 0n), blockOf(read(set)).next);
      }),
    );
  });

  it('is null for a set without a complete batch', () => {
    assert.equal(nextOffset(Buffer.alloc(0), 5n), null);
    assert.equal(nextOffset(batch({ records: [record(0)] }).subarray(0, -1), 0n), null);
  });

  it('does not count a batch that was cut off', () => {
    const set = Buffer.concat([batch({ records: [record(0)] }), batch({ records: [record(1)] })]);
    assert.equal(nextOffset(set.subarray(0, set.length - 1), 0n), 1n);
  });

  it('never is below the position', () => {
    assert.equal(nextOffset(batch({ records: [record(0)] }), 40n), 40n);
  });
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { log } from './arbitrary.ts';
import { batch, record, recordsOf } from './naive.ts';
import { blockOf, codeOf, expanded, gzipped, offsets, read } from './reading.ts';

describe('a set of compressed batches', () => {
  it('gives the same from compressed batches, in the order of the log', async () => {
    await fc.assert(
      fc.asyncProperty(log, fc.infiniteStream(fc.boolean()), async (batches, choice) => {
        const packed = [true, ...batches.slice(1).map(() => choice.next().value === true)];
        const set = batches.map((each, i) => batch({ ...each, ...(packed[i] ? gzipped : {}) }));
        const block = await expanded(read(Buffer.concat(set)));
        assert.deepEqual(
          recordsOf(block),
          batches.flatMap(({ records }) => records),
        );
        assert.equal(block.next, (batches.at(-1)?.last ?? 0n) + 1n);
      }),
    );
  });

  it('moves the position over a compressed batch whose records were all compacted away', () => {
    const empty = batch({ records: [], base: 10n, last: 20n, attributes: 4 });
    assert.equal(blockOf(read(empty, { from: 10n })).next, 21n);
  });

  it('never shares the memory of an expanded set', async () => {
    const set = batch({ records: [record(0)], ...gzipped });
    const { bytes } = await expanded(read(set, { own: true }));
    assert.equal(bytes.buffer.byteLength, bytes.byteLength);
  });

  it('reports an unknown codec by the code for it', async () => {
    const reading = read(batch({ records: [record(0)], attributes: 6 }));
    assert(reading.kind === 'packed');
    assert.equal(codeOf(await reading.expand()), 'MR312');
  });

  it('reports a compressed batch that holds fewer records than it states', async () => {
    const reading = read(batch({ records: [record(0)], ...gzipped, count: 2e9 }));
    assert(reading.kind === 'packed');
    assert.equal(codeOf(await reading.expand()), 'MR310');
  });

  it('compares the checksum of a compressed batch before it expands it', async () => {
    const set = batch({ records: [record(0)], ...gzipped });
    set.writeUInt8(set.readUInt8(set.length - 1) ^ 1, set.length - 1);
    const reading = read(set);
    assert(reading.kind === 'packed');
    const result = await reading.expand();
    assert(result.kind === 'corrupt');
    assert.match(result.error.message, /checksum/);
  });

  it('does not expand a compressed batch that is below the position', async () => {
    const below = batch({
      records: [record(0)],
      attributes: 1,
      pack: () => Buffer.from('no gzip'),
    });
    const set = Buffer.concat([below, batch({ records: [record(1)], ...gzipped })]);
    assert.deepEqual(offsets(await expanded(read(set, { from: 1n }))), [1n]);
  });

  it('ends a block where the expanded batches reach the bound, and goes on from there', async () => {
    const text = 'x'.repeat(300_000);
    const wide = Array.from({ length: 9 }, (_, i) => [record(i, 'k', text)]);
    const set = wide.map((records) => batch({ records, ...gzipped }));
    const seen: bigint[] = [];
    let from = 0n;
    for (let fetches = 0; from < 9n && fetches < 9; fetches++) {
      const block = await expanded(read(Buffer.concat(set.slice(Number(from))), { from }));
      assert(block.bytes.byteLength < 1_100_000, 'a block stays within the bound and headers');
      seen.push(...offsets(block));
      from = block.next;
    }
    assert.deepEqual(seen, [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]);
  });

  it('copies a large batch in turns and whole', async () => {
    const value = randomBytes(9_000_000).toString('latin1');
    const set = batch({ records: [record(0, 'k', value), record(1)], ...gzipped });
    const block = await expanded(read(set, { maxExpandedBytes: 1 << 26 }));
    const [first, second] = recordsOf(block);
    assert(first?.value?.equals(Buffer.from(value)));
    assert.equal(second?.offset, 1n);
  });

  it('gives one batch the whole bound, not only the share of one among several', async () => {
    const big = batch({ records: [record(0, 'k', 'x'.repeat(1_000_000))], ...gzipped });
    const set = Buffer.concat([big, batch({ records: [record(1)], ...gzipped })]);
    assert.deepEqual(offsets(await expanded(read(set))), [0n, 1n]);
  });

  it('counts the index of the records against the bound too', async () => {
    const records = Array.from({ length: 30_000 }, (_, i) => record(i, null, null));
    const set = batch({ records, ...gzipped });
    const reading = read(set, { maxExpandedBytes: 1_000_000 });
    assert(reading.kind === 'packed');
    assert.equal(codeOf(await reading.expand()), 'MR311');
    assert.equal((await expanded(read(set, { maxExpandedBytes: 1_200_000 }))).count, 30_000);
  });

  it('reports a batch that expands to more than the bound', async () => {
    const records = [record(0, 'k', 'x'.repeat(1_100_000))];
    const reading = read(batch({ records, ...gzipped }));
    assert(reading.kind === 'packed');
    const result = await reading.expand();
    assert.equal(codeOf(result), 'MR311');
    assert(result.kind === 'corrupt');
    assert.match(result.error.message, /more than 1048576 bytes of memory.*buffer\.maxBytes/);
  });
});

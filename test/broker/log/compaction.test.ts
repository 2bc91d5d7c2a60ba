import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Batch } from '../../../src/broker/log/batch.ts';
import { compacted } from '../../../src/broker/log/compaction.ts';
import { recordTimes } from '../../../src/broker/log/record-times.ts';
import { type BatchFacts, batchOf } from '../../support/broker-batches.ts';

/** A batch with these keys; null is a record without one. */
const batch = (
  baseOffset: number,
  keys: readonly (string | null)[],
  facts: BatchFacts = {},
): Batch =>
  new Batch(
    batchOf(
      keys.map((key) => (key === null ? { value: 'v' } : { key, value: 'v' })),
      { baseOffset: BigInt(baseOffset), ...facts },
    ),
  );

const offsetsOf = (batches: readonly Batch[]): number[][] =>
  batches.map((each) => (recordTimes(each) ?? []).map(({ offset }) => Number(offset)));

test('of each key the last record stays, at its offset', () => {
  const left = compacted([batch(0, ['a', 'b', 'a']), batch(3, ['b', 'c']), batch(5, ['z'])]);
  assert.deepEqual(offsetsOf(left), [[2], [3, 4], [5]]);
});

test('a batch of which nothing is left is gone, and the last one stays as it is', () => {
  const left = compacted([batch(0, ['a', 'a']), batch(2, ['a', 'a'])]);
  assert.deepEqual(offsetsOf(left), [[2, 3]]);
});

test('a batch that has lost records still ends at its last offset, and has a right checksum', () => {
  const [first] = compacted([batch(0, ['a', 'b', 'b', 'a']), batch(4, ['a'])]);
  assert.ok(first);
  assert.deepEqual([first.recordCount, first.lastOffset], [1, 3n]);
  assert.equal(first.crc, first.computeCrc());
  assert.equal(first.bytes.readInt32BE(8) + 12, first.bytes.length);
});

test('records without a key stay', () => {
  assert.deepEqual(offsetsOf(compacted([batch(0, [null, 'a', null]), batch(3, ['a'])])), [
    [0, 2],
    [3],
  ]);
});

test('control records, and what is compressed, stay as they are', () => {
  const given = [
    batch(0, ['a'], { attributes: 0x30 }),
    batch(1, ['a'], { attributes: 1 }),
    batch(2, ['a']),
  ];
  assert.deepEqual(compacted(given), given);
});

test('a second time changes nothing, and the latest of each key is what a table of them holds', () => {
  const keys = fc.array(
    fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 6 }),
    {
      minLength: 1,
      maxLength: 8,
    },
  );
  fc.assert(
    fc.property(keys, (lists) => {
      let next = 0;
      const latest = new Map<string, number>();
      const batches = lists.map((list) => {
        const base = next;
        for (const key of list) latest.set(key, next++);
        return batch(base, list);
      });
      const once = compacted(batches);
      const offsets = offsetsOf(once).flat();
      for (const offset of latest.values()) assert.ok(offsets.includes(offset));
      const lastBase = next - (lists.at(-1)?.length ?? 0);
      const all = new Set([...latest.values()]);
      for (const offset of offsets) assert.ok(offset >= lastBase || all.has(offset));
      assert.deepEqual(offsetsOf(compacted(once)), offsetsOf(once));
    }),
  );
});

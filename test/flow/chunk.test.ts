import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Chunk, Run } from '../../src/flow/chunk.ts';
import { Partition } from '../../src/flow/partition.ts';
import { rowOf } from '../support/blocks.ts';

const OPTIONS = { ordering: 'none', maxUncommitted: 100 } as const;

test('a run gives what is packed: its block, lanes, partition and distance from the origin', () => {
  const partition = new Partition(9, 'orders', 2, 100n, 100n, OPTIONS);
  const held = partition.backlog.add(rowOf(130, 4), 0, 30);
  const run = new Run(partition, held, 1, 3, false);
  assert.deepEqual([run.from, run.to, run.attempt, run.partition, run.shift], [1, 2, 3, 9, 30]);
  assert.equal(run.block, held.block);
  assert.equal(run.lane, held.lane);
});

test('places are numbered through the runs, in one block after another', () => {
  const arbitrary = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
    place: fc.nat({ max: 80 }),
    count: fc.nat({ max: 80 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ sizes, place, count }) => {
      const partition = new Partition(0, 'orders', 0, 0n, 0n, OPTIONS);
      const chunk = new Chunk(0);
      const all: string[] = [];
      for (const [i, size] of sizes.entries()) {
        const run = new Run(partition, partition.backlog.add(rowOf(0, 99), 99 * i, 0), i, 1, false);
        run.to = run.from + size;
        chunk.runs.push(run);
        for (let at = run.from; at < run.to; at++) all.push(`${i}@${at}`);
      }
      const seen: string[] = [];
      chunk.each(place, count, (run, at, n) => {
        assert(n > 0);
        for (let k = at; k < at + n; k++) seen.push(`${chunk.runs.indexOf(run)}@${k}`);
      });
      assert.deepEqual(seen, all.slice(place, place + count));
    }),
  );
});

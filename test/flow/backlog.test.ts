import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Backlog } from '../../src/flow/backlog.ts';
import { blockOf, hashOf, rowOf } from '../support/blocks.ts';

const lanesOf = (ordering: 'key' | 'partition' | 'none', index = 0): number[] => {
  const keys = [1, 2, 1, null, null];
  const block = blockOf(keys.map((key, offset) => ({ offset, key })));
  return [...new Backlog(index, ordering).add(block, 0, 0).lane];
};

describe('lanes', () => {
  test('equal keys share one, different keys do not, records without a key have none', () => {
    const [a, b, again, free, free2] = lanesOf('key');
    assert.equal(again, a);
    assert.notEqual(a, b);
    assert.deepEqual([free, free2], [0, 0]);
  });

  test('all records of a partition share one under `ordering: partition`', () => {
    const [first, ...others] = lanesOf('partition');
    assert.notEqual(first, 0);
    for (const lane of others) assert.equal(lane, first);
  });

  test('no record has one under `ordering: none`', () => {
    assert.deepEqual(lanesOf('none'), [0, 0, 0, 0, 0]);
  });

  test('equal keys of two partitions are in two', () => {
    assert.notEqual(lanesOf('key', 0)[0], lanesOf('key', 1)[0]);
    assert.notEqual(lanesOf('partition', 0)[0], lanesOf('partition', 1)[0]);
  });

  test('a key whose hash meets the number of its partition still has one', () => {
    const backlog = new Backlog(0, 'key');
    const salt = hashOf(0);
    const block = { ...rowOf(0, 1, () => 1), hash: Int32Array.of(salt) };
    assert.notEqual(backlog.add(block, 0, 0).lane[0], 0);
  });
});

test('the bytes of a block stay until its last record is settled, in whatever order', () => {
  const backlog = new Backlog(0, 'key');
  const first = backlog.add(rowOf(0, 3), 0, 0);
  const second = backlog.add(rowOf(3, 2), 3, 0);
  backlog.release(second, 1);
  backlog.release(first, 2);
  assert.deepEqual([backlog.records, backlog.bytes], [2, 40]);
  backlog.release(second, 1);
  assert.deepEqual([backlog.records, backlog.bytes], [1, 24]);
  backlog.release(first, 1);
  assert.deepEqual([backlog.records, backlog.bytes], [0, 0]);
});

test('looking for the block of a record that is not held is a bug', () => {
  const backlog = new Backlog(0, 'key');
  backlog.release(backlog.add(rowOf(0, 3), 0, 0), 3);
  backlog.add(rowOf(3, 3), 3, 0);
  assert.throws(() => backlog.find(1), { code: 'MR900' });
  assert.throws(() => backlog.find(6), { code: 'MR900' });
});

test('cursor, blocks and counts agree with a plain list of records', () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ consider: fc.nat({ max: 30 }) }),
    fc.record({ settle: fc.nat() }),
  );
  const property = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const backlog = new Backlog(3, 'none');
    const blockAt: number[] = [];
    const isOpen: boolean[] = [];
    const left: number[] = [];
    for (const one of steps) {
      if ('add' in one) {
        backlog.add(rowOf(isOpen.length, one.add), isOpen.length, 0);
        for (let i = 0; i < one.add; i++) {
          blockAt.push(left.length);
          isOpen.push(true);
        }
        left.push(one.add);
      } else if ('consider' in one) {
        for (let i = 0; i < one.consider; i++) {
          const held = backlog.current();
          assert.equal(held === undefined, backlog.cursor === isOpen.length);
          if (!held) break;
          assert(backlog.cursor >= held.firstSeq);
          assert(backlog.cursor++ < held.firstSeq + held.block.count);
        }
      } else {
        // Only what was considered can have been settled.
        const open = isOpen.flatMap((is, seq) => (is && seq < backlog.cursor ? [seq] : []));
        const seq = open[one.settle % Math.max(1, open.length)];
        if (seq === undefined) continue;
        const held = backlog.find(seq);
        assert(seq >= held.firstSeq && seq < held.firstSeq + held.block.count);
        isOpen[seq] = false;
        left[blockAt[seq] as number] = (left[blockAt[seq] as number] as number) - 1;
        backlog.release(held, 1);
      }
      assert.equal(backlog.records, isOpen.filter(Boolean).length);
      const bytes = blockAt.filter((block) => (left[block] as number) > 0).length * 8;
      assert.equal(backlog.bytes, bytes);
    }
  });
  fc.assert(property, { numRuns: 100 });
});

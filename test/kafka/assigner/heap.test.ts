import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Heap } from '../../../src/kafka/assigner/heap.ts';

test('whoever is first by the order is served, also when serving sends it back', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.array(fc.option(fc.nat(9))), (start, answers) => {
      const items = start.map((key, id) => ({ key, id }));
      const order = (a: Item, b: Item): number => a.key - b.key || a.id - b.id;
      const heap = new Heap(items, order);
      let present = [...items];
      for (const answer of answers) {
        let served: Item | undefined;
        const expected = [...present].sort(order)[0];
        heap.serve(1, (item) => {
          served = item;
          item.key += answer ?? 0;
          return answer !== null;
        });
        assert.equal(served, expected);
        if (answer === null) present = present.filter((item) => item !== served);
      }
    }),
  );
});

test('serving ends when nobody is left', () => {
  const served: number[] = [];
  new Heap([3, 1, 2], (a, b) => a - b).serve(9, (item) => {
    served.push(item);
    return false;
  });
  assert.deepEqual(served, [1, 2, 3]);
});

test('the given list is left as it was', () => {
  const items = [3, 1, 2];
  new Heap(items, (a, b) => a - b).serve(2, () => false);
  assert.deepEqual(items, [3, 1, 2]);
});

interface Item {
  key: number;
  readonly id: number;
}

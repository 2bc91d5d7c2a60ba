import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Lane } from '../../src/flow/lane.ts';

test('records leave in the order of their offsets, whatever comes back in between', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.constant('arrive' as const) },
    { weight: 2, arbitrary: fc.constant('shift' as const) },
    { weight: 1, arbitrary: fc.record({ giveBack: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ cut: fc.nat({ max: 500 }) }) },
  );
  const property = fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
    const lane = new Lane(7, 0);
    let waiting: number[] = [];
    const out: number[] = [];
    let next = 0;
    for (const one of steps) {
      if (one === 'arrive') {
        lane.add(next);
        waiting.push(next++);
      } else if (one === 'shift') {
        if (waiting.length === 0) continue;
        const seq = lane.shift();
        assert.equal(seq, waiting.shift());
        out.push(seq);
      } else if ('giveBack' in one) {
        const [seq] = out.splice(one.giveBack % Math.max(1, out.length), 1);
        if (seq === undefined) continue;
        lane.add(seq);
        waiting = [...waiting, seq].sort((a, b) => a - b);
      } else {
        lane.cut(one.cut);
        waiting = waiting.filter((seq) => seq < one.cut);
      }
      assert.equal(lane.size, waiting.length);
      assert.equal(lane.first, waiting[0] ?? -1);
      assert.equal(lane.countBelow(100), waiting.filter((seq) => seq < 100).length);
    }
  });
  fc.assert(property, { numRuns: 300 });
});

test('a thousand records given back to a lane of ten thousand stand before them', () => {
  const lane = new Lane(7, 0);
  for (let seq = 1_000; seq < 11_000; seq++) lane.add(seq);
  for (let seq = 0; seq < 1_000; seq++) lane.add(seq);
  for (let seq = 0; seq < 11_000; seq++) assert.equal(lane.shift(), seq);
  assert.equal(lane.size, 0);
});

test('records up to a suspected one run alone, those behind it do not', () => {
  const lane = new Lane(7, 0);
  for (const seq of [3, 5, 8]) lane.add(seq);
  assert.equal(lane.isAlone, false);
  lane.markAlone(5);
  lane.markAlone(4);
  assert.deepEqual([lane.isAlone, lane.shift()], [true, 3]);
  assert.deepEqual([lane.isAlone, lane.shift()], [true, 5]);
  assert.equal(lane.isAlone, false);
});

test('an empty lane has nothing to run alone', () => {
  const lane = new Lane(7, 0);
  lane.markAlone(5);
  assert.equal(lane.isAlone, false);
});

test('records without an order have lanes of their own, apart from every key', () => {
  const keys = [0, 1, 2 ** 31].map((seq) => Lane.keyOf(0, seq));
  assert.equal(new Set(keys).size, 3);
  for (const key of keys) assert(key < -(2 ** 31));
  assert.equal(Lane.keyOf(-(2 ** 31), 5), -(2 ** 31));
});

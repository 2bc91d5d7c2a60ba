import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Slots } from '../../src/flow/slots.ts';
import { hashOf } from '../support/blocks.ts';

test('a slot is owned by the thread that took it last, and busy as often as it was taken and not released', () => {
  const step = fc.record({
    slot: fc.nat({ max: 3 }),
    thread: fc.nat({ max: 3 }),
    isTaken: fc.boolean(),
  });
  const property = fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const slots = new Slots();
    const busy = [0, 0, 0, 0];
    for (const { slot, thread, isTaken } of steps) {
      const before = busy[slot] as number;
      if (isTaken) {
        slots.take(slot, thread);
        busy[slot] = before + 1;
        assert.equal(slots.owner(slot), thread);
      } else if (before > 0) {
        slots.release(slot);
        busy[slot] = before - 1;
      }
      assert.equal(slots.busy(slot), busy[slot]);
    }
  });
  fc.assert(property, { numRuns: 100 });
});

test('who watches a slot is woken once, by the next record of it that comes back', () => {
  const slots = new Slots();
  const woken: string[] = [];
  for (const slot of [5, 5, 6]) slots.take(slot, 0);
  slots.watch(5, () => woken.push('a'));
  slots.watch(5, () => woken.push('b'));
  slots.release(6);
  assert.deepEqual(woken, []);
  slots.release(5);
  slots.release(5);
  assert.deepEqual(woken, ['a', 'b']);
});

test('who is woken may watch again', () => {
  const slots = new Slots();
  let woken = 0;
  const again = (): void => {
    woken++;
    slots.watch(5, again);
  };
  for (let i = 0; i < 3; i++) slots.take(5, 0);
  slots.watch(5, again);
  for (let i = 0; i < 3; i++) slots.release(5);
  assert.equal(woken, 3);
});

test('every lane number has a slot, and few share one', () => {
  const slots = new Set<number>();
  for (let key = 0; key < 10_000; key++) {
    const slot = Slots.of(hashOf(key));
    assert(slot >= 0 && slot < 65_536);
    slots.add(slot);
  }
  assert(slots.size > 9_000, `10000 keys use ${slots.size} slots`);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RECORD } from '../../src/contract/thread.ts';
import { rowOf } from '../support/blocks.ts';
import { RETRY } from '../support/pipeline.ts';
import { keyed, Rig } from '../support/rig.ts';

describe('a record that was on a dead thread', () => {
  test('counts as handled when the shared memory says so, reply or not', () => {
    const { rig, epoch } = keyed();
    const lost = rig.held.splice(0);
    rig.flow.threadDied(
      0,
      'exit',
      'gone',
      lost.map(({ chunk, place, offset }) => ({
        chunk,
        place,
        state: offset < 2 ? RECORD.done : RECORD.waiting,
        isOverdue: false,
      })),
      0,
    );
    assert.equal(epoch.watermark, 2n);
    assert.equal(rig.flow.tally.of('orders').ack, 2);
  });

  test('goes back in order, uncharged, when it was not started', () => {
    const { rig } = keyed();
    const lost = rig.held.splice(0).reverse();
    const orphans = lost.map(({ chunk, place }) => ({
      chunk,
      place,
      state: RECORD.waiting,
      isOverdue: false,
    }));
    rig.flow.threadDied(0, 'exit', 'gone', orphans, 0);
    rig.flow.threadUp(0);
    const ofKey = rig.offsets.filter((offset) => offset < 3);
    assert.deepEqual(ofKey, [0, 1, 2]);
    assert.deepEqual(
      rig.held.map(({ attempt }) => attempt),
      [1, 1, 1, 1, 1],
    );
  });

  test('is charged when it was the only one running, and tried again alone', () => {
    const { rig } = keyed();
    rig.die(0, [0]);
    rig.flow.threadUp(0);
    assert.deepEqual(rig.offsets, [3, 4], 'those of other keys go on');
    rig.clock.advance(200);
    for (const offset of [3, 4]) rig.back(offset);
    assert.deepEqual(
      rig.held.map(({ offset, attempt }) => [offset, attempt]),
      [[0, 2]],
    );
  });

  test('is not tried a third time after it killed two threads alone', () => {
    const { rig, epoch } = keyed({ retry: { ...RETRY, maxAttempts: 0 }, onFailure: 'drop' });
    for (let death = 0; death < 2; death++) {
      rig.die(0, [0]);
      rig.flow.threadUp(0);
      rig.clock.advance(1_000);
      for (const offset of [3, 4]) if (rig.offsets.includes(offset)) rig.back(offset);
    }
    assert.equal(epoch.watermark, 1n);
    assert.deepEqual(rig.offsets, [1, 2]);
    assert.equal(rig.flow.tally.of('orders').failed.crash, 2);
  });

  test('is charged when it outlived its timeout, and the others that ran are neither charged nor suspected', () => {
    const { rig } = keyed();
    rig.die(0, [0, 3, 4], [0]);
    rig.flow.threadUp(0);
    assert.deepEqual(
      rig.held.map(({ offset, attempt }) => [offset, attempt]),
      [
        [3, 1],
        [4, 1],
      ],
    );
    rig.clock.advance(200);
    assert.deepEqual(
      rig.held.map(({ offset, attempt }) => [offset, attempt]),
      [
        [3, 1],
        [4, 1],
        [0, 2],
        [1, 1],
        [2, 1],
      ],
    );
    assert.equal(rig.flow.tally.of('orders').failed.timeout, 1);
  });

  test('does not take the place of one before it that must run again, when it is dropped', () => {
    const rig = new Rig({
      ordering: 'partition',
      onFailure: 'drop',
      retry: { ...RETRY, maxAttempts: 1 },
    });
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 3));
    const lost = rig.held.splice(0);
    // The first one was handled, with outputs; its reply is lost with the thread.
    const states = [RECORD.told, RECORD.running, RECORD.waiting];
    rig.flow.threadDied(
      0,
      'exit',
      'gone',
      lost.map(({ chunk, place }, i) => ({
        chunk,
        place,
        state: states[i] as number,
        isOverdue: false,
      })),
      1,
    );
    rig.flow.threadUp(0);
    assert.deepEqual(rig.offsets, [0, 2]);
    for (const offset of [0, 2]) rig.back(offset);
    assert.equal(epoch.watermark, 3n);
  });

  test('and whose key it had closed finds the key open', () => {
    const { rig } = keyed();
    rig.fail(0);
    rig.die(0, []);
    rig.flow.threadUp(0);
    rig.clock.advance(200);
    assert.deepEqual(
      rig.offsets.filter((offset) => offset < 3),
      [0, 1, 2],
    );
  });
});

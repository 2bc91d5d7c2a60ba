import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { subscribe } from '../../src/contract/signals.ts';
import { VERDICT } from '../../src/contract/verdict.ts';
import { rowOf } from '../support/blocks.ts';
import { RETRY } from '../support/pipeline.ts';
import { giveBack, keyed, Rig } from '../support/rig.ts';

describe('a failed record', () => {
  test('is tried again after the backoff and after its thread has opened the key, before what follows it', () => {
    const { rig } = keyed();
    rig.fail(0);
    assert.deepEqual(rig.said.at(-1), 'open 0');
    giveBack(rig, 1, 2);
    rig.opened();
    rig.clock.advance(199);
    assert.deepEqual(rig.offsets, [3, 4]);
    rig.clock.advance(1);
    assert.deepEqual(rig.offsets, [3, 4, 0, 1, 2]);
    assert.deepEqual(
      rig.held.map(({ attempt }) => attempt),
      [1, 1, 2, 1, 1],
    );
  });

  test('waits for its thread to open the key when the backoff is over first', () => {
    const { rig } = keyed();
    rig.fail(0);
    rig.clock.advance(10_000);
    assert.deepEqual(rig.offsets, [1, 2, 3, 4]);
    giveBack(rig, 1, 2);
    rig.opened();
    assert.deepEqual(rig.offsets, [3, 4, 0, 1, 2]);
  });

  test('holds up only its key', () => {
    const { rig, epoch } = keyed();
    rig.fail(0);
    epoch.admit(rowOf(5, 2, (i) => (i === 0 ? 1 : 6)));
    assert.deepEqual(rig.offsets, [1, 2, 3, 4, 6]);
  });

  test('holds up nothing when it has no key', () => {
    const rig = new Rig();
    rig.assign().admit(rowOf(0, 3));
    rig.fail(0);
    assert.deepEqual(rig.said, ['announce 0'], 'no thread has closed anything');
    rig.clock.advance(200);
    assert.deepEqual(rig.offsets, [1, 2, 0]);
  });

  test('without a delay goes on in the same turn', () => {
    const rig = new Rig();
    rig.assign().admit(rowOf(0, 1));
    rig.fail(0, { afterMs: 0 });
    assert.deepEqual(
      rig.held.map(({ attempt }) => attempt),
      [2],
    );
  });

  test('is reported with what follows', (t) => {
    const seen: unknown[] = [];
    t.after(
      subscribe('record.failed', ({ offset, attempt, kind, next, delayMs }) => {
        seen.push([offset, attempt, kind, next, delayMs]);
      }),
    );
    const { rig } = keyed({ retry: { ...RETRY, maxAttempts: 2 } });
    rig.fail(3, { kind: 'timeout' });
    rig.fail(4, { mayRetry: false });
    assert.deepEqual(seen, [
      [3n, 1, 'timeout', 'retry', 200],
      [4n, 1, 'error', 'halt', 0],
    ]);
  });
});

describe('after the last attempt', () => {
  test('`onFailure: halt` stops the key until the partition moves, and the watermark with it', () => {
    const { rig, epoch } = keyed();
    rig.fail(0, { mayRetry: false });
    giveBack(rig, 1, 2);
    rig.opened();
    for (const offset of [3, 4]) rig.back(offset);
    rig.clock.advance(1e6);
    rig.flow.turn();
    assert.deepEqual(rig.offsets, []);
    assert.equal(epoch.watermark, 0n);
    assert.deepEqual(epoch.partition.lanes.blocked, { waiting: 0, halted: 1 });
  });

  test('`onFailure: drop` ends the record, and the next of its key goes on when the thread has opened it', () => {
    const { rig, epoch } = keyed({ onFailure: 'drop' });
    rig.fail(0, { mayRetry: false });
    assert.equal(epoch.watermark, 1n);
    giveBack(rig, 1, 2);
    assert.deepEqual(rig.offsets, [3, 4]);
    rig.opened();
    assert.deepEqual(rig.offsets, [3, 4, 1, 2]);
    for (const offset of rig.offsets) rig.back(offset);
    assert.equal(epoch.partition.lanes.size, 0);
    assert.equal(rig.flow.tally.of('orders').drop, 1);
  });
});

describe('a key of which more was ready than could be handed out', () => {
  test('stays closed when its first record comes back failed', () => {
    const rig = new Rig({}, [2]);
    rig.assign().admit(rowOf(0, 10, () => 1));
    rig.back(0);
    rig.fail(1);
    assert.deepEqual(rig.offsets, [2]);
  });
});

test('a skipped record counts as handled, apart from the others', () => {
  const { rig, epoch } = keyed();
  rig.back(0, VERDICT.skip);
  assert.equal(epoch.watermark, 1n);
  assert.deepEqual([rig.flow.tally.of('orders').skip, rig.flow.tally.of('orders').ack], [1, 0]);
});

test('what comes back of a closed epoch is counted and changes nothing', (t) => {
  const seen: number[] = [];
  t.after(subscribe('verdict.stale', ({ count }) => seen.push(count)));
  const { rig, epoch } = keyed();
  const { chunk, place } = rig.back(0, VERDICT.ack, true);
  epoch.close();
  rig.back(1);
  rig.back(2, VERDICT.notRun);
  rig.fail(3);
  rig.die(0, [4]);
  rig.flow.confirm(chunk, place);
  assert.equal(rig.flow.tally.stale, 5);
  assert.deepEqual(seen, [1, 1, 1, 1, 1]);
  assert.equal(epoch.watermark, 0n);
  assert.equal(rig.flow.inFlight, 0);
});

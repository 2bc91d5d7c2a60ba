import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { subscribe } from '../../src/contract/signals.ts';
import { blockOf, rowOf } from '../support/blocks.ts';
import { Rig } from '../support/rig.ts';

describe('room', () => {
  const SMALL = { buffer: { maxRecords: 100, maxBytes: 80 } };

  test('is nine tenths of the buffer, for a partition alone, less what is held and what was asked for', () => {
    const rig = new Rig({ buffer: { maxRecords: 100, maxBytes: 1_000 } });
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 10));
    epoch.asked(200);
    assert.equal(epoch.room(), 900 - 80 - 200);
    epoch.asked(-200);
    assert.equal(epoch.room(), 900 - 80);
  });

  test('is shared with partitions that are assigned later', () => {
    const rig = new Rig(SMALL);
    const epoch = rig.assign(0);
    assert.equal(epoch.room(), 40 + 32);
    rig.assign(1);
    assert.equal(epoch.room(), 20 + 32);
  });

  test('a full partition is paused, and its going on is announced at once', (t) => {
    const seen: string[] = [];
    t.after(subscribe('partition.paused', ({ reason }) => seen.push(`paused: ${reason}`)));
    t.after(subscribe('partition.resumed', ({ partition }) => seen.push(`resumed: ${partition}`)));
    const rig = new Rig(SMALL);
    const epoch = rig.assign();
    for (let offset = 0; offset < 10; offset++) epoch.admit(rowOf(offset, 1));
    assert.equal(epoch.room(), 0);
    assert.equal(epoch.isPaused, true);
    for (let offset = 0; offset < 5; offset++) rig.back(offset);
    assert.deepEqual([epoch.isPaused, rig.roomAgain], [true, 0]);
    rig.back(5);
    assert.deepEqual([epoch.isPaused, rig.roomAgain], [false, 1]);
    assert.equal(epoch.room(), 40);
    assert.deepEqual(seen, ['paused: buffer', 'resumed: 0']);
  });

  test('there is none while the partition is given up', () => {
    const rig = new Rig();
    const epoch = rig.assign();
    void epoch.drain(1_000, 0, 'revoked');
    assert.equal(epoch.room(), 0);
    epoch.close();
    assert.equal(epoch.room(), 0);
  });
});

describe('what is offered for a commit', () => {
  test('nothing, while the committed offset is the watermark', () => {
    assert.equal(new Rig().assign(0, 7).commitPoint(), null);
  });

  test('the start itself, when the group has no committed offset yet', () => {
    const rig = new Rig();
    const epoch = rig.flow.assign('orders', 0, 7n, null);
    assert.deepEqual(epoch.commitPoint(), { offset: 7n, seq: 0, settled: 0 });
  });

  test('the watermark, again and again until the broker has confirmed it', () => {
    const rig = new Rig();
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 3));
    rig.back(0);
    assert.deepEqual(epoch.commitPoint(), { offset: 1n, seq: 1, settled: 1 });
    rig.back(1);
    const point = epoch.commitPoint();
    assert.deepEqual(point, { offset: 2n, seq: 2, settled: 2 });
    assert(point);
    epoch.confirm(point);
    assert.equal(epoch.commitPoint(), null);
  });

  test('the end of control, aborted and compacted records too', () => {
    const epoch = new Rig().assign();
    epoch.admit(blockOf([], 40));
    assert.deepEqual(epoch.commitPoint(), { offset: 40n, seq: 0, settled: 0 });
    assert.equal(epoch.position, 40n);
  });

  test('nothing of a closed epoch, and a late confirmation changes nothing', () => {
    const rig = new Rig();
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 3));
    rig.back(0);
    const point = epoch.commitPoint();
    assert(point);
    epoch.close();
    assert.equal(epoch.commitPoint(), null);
    epoch.confirm(point);
    assert.equal(epoch.partition.committed, 0n);
  });

  test('a commit is asked for when half of `maxUncommitted` is used', () => {
    const rig = new Rig({ maxUncommitted: 8 });
    rig.assign().admit(rowOf(0, 3));
    rig.back(0);
    assert.equal(rig.wantsCommit, 0);
    rig.flow.epochs[Symbol.iterator]().next().value?.admit(rowOf(3, 1));
    assert(rig.wantsCommit > 0);
  });
});

describe('commit mode `batch`', () => {
  const BATCH = { commit: { mode: 'batch', intervalMs: 1_000 } } as const;

  test('the next batch is fetched only after the last one is handled and committed', () => {
    const rig = new Rig(BATCH);
    const epoch = rig.assign();
    assert(epoch.room() > 0);
    epoch.admit(rowOf(0, 2));
    assert.equal(epoch.room(), 0);
    rig.back(0);
    assert.equal(rig.wantsCommit, 0);
    rig.back(1);
    assert(rig.wantsCommit > 0);
    assert.equal(epoch.room(), 0);
    const point = epoch.commitPoint();
    assert(point);
    epoch.confirm(point);
    assert(epoch.room() > 0);
  });

  test('a batch without records is committed too', () => {
    const rig = new Rig(BATCH);
    const epoch = rig.assign();
    epoch.admit(blockOf([], 9));
    assert(rig.wantsCommit > 0);
    assert.equal(epoch.room(), 0);
  });
});

test('what was started is handled again after a loss: a closed epoch takes and gives nothing', () => {
  const rig = new Rig();
  const epoch = rig.assign();
  epoch.admit(rowOf(0, 3));
  epoch.close();
  epoch.close();
  assert.equal(epoch.isOpen, false);
  assert.equal(epoch.admit(rowOf(3, 1)), false);
  assert.deepEqual([epoch.partition.backlog.bytes, epoch.partition.lanes.size], [0, 0]);
});

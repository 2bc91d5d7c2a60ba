import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OffsetRange } from '../../src/contract/offset-range.ts';
import { rowOf } from '../support/blocks.ts';
import { Rig } from '../support/rig.ts';

/** An epoch from offset 0 on, in which these are settled already. */
function known(...settled: OffsetRange[]) {
  const rig = new Rig();
  return { rig, epoch: rig.flow.assign('orders', 0, 0n, 0n, settled) };
}

describe('what was settled before an epoch began', () => {
  it('is not handed out again, and moves the watermark when it is met', () => {
    const { rig, epoch } = known([1n, 3n], [4n, 5n]);
    epoch.admit(rowOf(0, 6));
    assert.deepEqual(rig.offsets, [0, 3, 5]);
    rig.back(0);
    assert.deepEqual(epoch.commitPoint(), { offset: 3n, seq: 3, settled: 4 });
    rig.back(3);
    assert.equal(epoch.watermark, 5n);
  });

  it('is no news to commit by itself', () => {
    const { epoch } = known([1n, 3n]);
    epoch.admit(rowOf(0, 6));
    assert.equal(epoch.commitPoint(), null);
    assert.deepEqual(epoch.settledAbove(), [[1n, 3n]]);
  });

  it('may be the start of the log that is left: the watermark is above it at once', () => {
    const { rig, epoch } = known([0n, 4n]);
    epoch.admit(rowOf(0, 4));
    assert.equal(epoch.watermark, 4n);
    epoch.admit(rowOf(4, 2));
    assert.deepEqual(rig.offsets, [4, 5]);
    assert.equal(epoch.commitPoint()?.offset, 4n);
  });

  it('may be whole blocks between others, and records that never come', () => {
    const { rig, epoch } = known([2n, 6n], [9n, 20n]);
    epoch.admit(rowOf(0, 2));
    epoch.admit(rowOf(2, 4));
    epoch.admit(rowOf(6, 2));
    epoch.admit(rowOf(25, 2));
    assert.deepEqual(rig.offsets, [0, 1, 6, 7, 25, 26]);
    for (const offset of [0, 1, 6, 7, 25, 26]) rig.back(offset);
    assert.equal(epoch.watermark, 27n);
    assert.equal(epoch.partition.backlog.records, 0);
    assert.equal(epoch.partition.backlog.bytes, 0);
  });

  it('stays noted until its records have come in: a commit before that forgets none of it', () => {
    const { rig, epoch } = known([1n, 3n], [8n, 12n], [40n, 50n]);
    assert.deepEqual(epoch.settledAbove(), [
      [1n, 3n],
      [8n, 12n],
      [40n, 50n],
    ]);
    epoch.admit(rowOf(0, 10));
    rig.back(4);
    assert.deepEqual(epoch.settledAbove(), [
      [1n, 3n],
      [4n, 5n],
      [8n, 10n],
      [10n, 12n],
      [40n, 50n],
    ]);
    epoch.admit(rowOf(10, 50));
    assert.deepEqual(epoch.settledAbove().at(-1), [40n, 50n]);
    assert.equal(epoch.settledAbove().length, 4);
  });

  it('far above asks for no gap to be filled when the partition goes', async () => {
    const rig = new Rig({}, [1]);
    const epoch = rig.flow.assign('orders', 0, 0n, 0n, [[50n, 60n]]);
    epoch.admit(rowOf(0, 100));
    assert.deepEqual(rig.offsets, [0]);
    const drained = epoch.drain(1000, 100, 'revoked');
    for (const answered of rig.recalls) answered();
    rig.back(0);
    assert.deepEqual(await drained, { open: 0, to: 1n });
    assert.deepEqual(epoch.settledAbove(), [[50n, 60n]]);
  });
});

describe('what is settled above the watermark', () => {
  it('is offered for a commit once, though the watermark stands still', () => {
    const rig = new Rig();
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 5));
    rig.back(2);
    const point = epoch.commitPoint();
    assert.deepEqual(point, { offset: 0n, seq: 0, settled: 1 });
    assert.deepEqual(epoch.settledAbove(), [[2n, 3n]]);
    if (point) epoch.confirm(point);
    assert.equal(epoch.commitPoint(), null);
    rig.back(3);
    assert.deepEqual(epoch.settledAbove(), [[2n, 4n]]);
    assert.equal(epoch.commitPoint()?.settled, 2);
  });

  it('passes over gaps in the log as one range', () => {
    const rig = new Rig();
    const epoch = rig.assign();
    epoch.admit(rowOf(0, 1));
    epoch.admit(rowOf(10, 1));
    epoch.admit(rowOf(20, 1));
    epoch.admit(rowOf(30, 1));
    rig.back(10);
    rig.back(20);
    assert.deepEqual(epoch.settledAbove(), [[10n, 21n]]);
  });
});

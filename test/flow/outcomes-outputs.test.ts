import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VERDICT } from '../../src/contract/verdict.ts';
import { rowOf } from '../support/blocks.ts';
import { failureOf } from '../support/pipeline.ts';
import { giveBack, keyed, Rig, type Sent } from '../support/rig.ts';

describe('outputs', () => {
  /** Offset 0 was handled, and its outputs are on their way. */
  const producing = (pipeline = {}) => {
    const all = keyed(pipeline);
    const source: Sent = all.rig.back(0, VERDICT.ack, true);
    return { ...all, source };
  };

  test('a handled record counts when the broker has them', () => {
    const { rig, epoch, source } = producing();
    assert.equal(epoch.watermark, 0n);
    assert.equal(epoch.partition.awaiting, 1);
    rig.flow.confirm(source.chunk, source.place);
    assert.equal(epoch.watermark, 1n);
    assert.equal(epoch.partition.awaiting, 0);
  });

  test('the handler is not run again when they are refused: the policy decides', () => {
    const { rig, epoch, source } = producing();
    rig.flow.refuse(source.chunk, source.place, failureOf({ kind: 'produce', mayRetry: false }));
    rig.flow.turn();
    assert.equal(epoch.watermark, 0n);
    assert.deepEqual(epoch.partition.lanes.blocked, { waiting: 0, halted: 1 });
    const dropping = producing({ onFailure: 'drop' });
    const { chunk, place } = dropping.source;
    dropping.rig.flow.refuse(chunk, place, failureOf({ kind: 'produce', mayRetry: false }));
    assert.equal(dropping.epoch.watermark, 1n);
  });

  test('refused ones do not let a key go on that waits for a retry', () => {
    const { rig, source } = producing({ onFailure: 'drop' });
    rig.fail(1);
    giveBack(rig, 2);
    rig.opened();
    rig.flow.refuse(source.chunk, source.place, failureOf({ kind: 'produce', mayRetry: false }));
    rig.flow.turn();
    assert.deepEqual(rig.offsets, [3, 4]);
    rig.clock.advance(200);
    assert.deepEqual(rig.offsets, [3, 4, 1, 2]);
  });

  test('refused ones halt the key for good, though a later record of it fails and could be tried again', () => {
    const { rig, source } = producing();
    rig.flow.refuse(source.chunk, source.place, failureOf({ kind: 'produce', mayRetry: false }));
    rig.fail(1);
    giveBack(rig, 2);
    rig.opened();
    rig.clock.advance(1e6);
    assert.deepEqual(rig.offsets, [3, 4]);
  });

  test('refused ones halt the key for good, though a later record of it is suspected of a death', () => {
    const { rig, source } = producing();
    rig.flow.refuse(source.chunk, source.place, failureOf({ kind: 'produce', mayRetry: false }));
    rig.die(0, [1, 3]);
    rig.flow.threadUp(0);
    assert.deepEqual(rig.offsets, [3], 'the other suspect runs');
    rig.back(3);
    assert.deepEqual(rig.offsets, [4]);
  });

  test('refused ones halt the key for good, though a later record of it waits to run alone', () => {
    const { rig, source } = producing();
    rig.die(0, [1, 3]);
    rig.flow.refuse(source.chunk, source.place, failureOf({ kind: 'produce', mayRetry: false }));
    rig.flow.threadUp(0);
    assert.deepEqual(rig.offsets, [3]);
    rig.back(3);
    assert.deepEqual(rig.offsets, [4]);
  });

  test('those of a record that runs alone hold its key until they are answered', () => {
    const rig = new Rig({}, [4]);
    rig.assign().admit(rowOf(0, 4, (i) => i % 2));
    rig.die(0, [0, 1]);
    rig.flow.threadUp(0);
    const { chunk, place } = rig.back(0, VERDICT.ack, true);
    assert.deepEqual(rig.offsets, [1]);
    rig.back(1);
    assert.deepEqual(rig.offsets, [3]);
    rig.flow.confirm(chunk, place);
    rig.flow.turn();
    assert.deepEqual(rig.offsets, [3, 2]);
  });
});

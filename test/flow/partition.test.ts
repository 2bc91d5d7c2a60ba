import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VERDICT } from '../../src/contract/verdict.ts';
import { type Hands, Partition } from '../../src/flow/partition.ts';
import { blockOf, rowOf } from '../support/blocks.ts';
import { Rig } from '../support/rig.ts';

const rowOfKeys = (...keys: (number | null)[]) =>
  blockOf(keys.map((key, offset) => ({ offset, key })));

/** Takes `room` records; `refused` lanes have to wait for their slot. */
function handsOf(room: number, refused: ReadonlySet<number> = new Set()) {
  const taken: number[] = [];
  const hands: Hands = {
    hasRoom: () => taken.length < room,
    isHungry: () => taken.length < room,
    place: (lane) => (refused.has(lane) ? -1 : 0),
    put: (_thread, partition, held, at) => {
      taken.push(held.firstSeq + at);
      partition.ledger.hand(held.firstSeq + at, 1);
    },
    watch: () => {},
  };
  return { hands, taken };
}

const partitionOf = (maxUncommitted = 100, ordering: 'key' | 'none' = 'key') =>
  new Partition(0, 'orders', 0, 0n, 0n, { ordering, maxUncommitted });

describe('records handed out above the committed offset', () => {
  test('are at most `maxUncommitted`', () => {
    const partition = partitionOf(5);
    partition.admit(rowOf(0, 20));
    const { hands, taken } = handsOf(100);
    partition.take(hands, 100);
    assert.deepEqual(taken, [0, 1, 2, 3, 4]);
    assert.equal(partition.hasWork, false);
  });

  test('become more by as many as a commit passed', () => {
    const partition = partitionOf(5);
    partition.admit(rowOf(0, 20));
    const { hands, taken } = handsOf(100);
    partition.take(hands, 100);
    partition.confirm(3n, 3, 0);
    partition.take(hands, 100);
    assert.deepEqual(taken.slice(5), [5, 6, 7]);
  });

  test('do not become more by a commit that is older than the last', () => {
    const partition = partitionOf(5);
    partition.admit(rowOf(0, 20));
    partition.confirm(4n, 4, 0);
    partition.confirm(2n, 2, 0);
    const { hands, taken } = handsOf(100);
    partition.take(hands, 100);
    assert.equal(taken.length, 9);
    assert.equal(partition.committed, 4n);
  });

  test('ask for a commit when half of them is used and it would help', () => {
    const partition = partitionOf(10);
    partition.admit(rowOf(0, 20));
    const held = partition.backlog.find(0);
    partition.take(handsOf(5).hands, 100);
    assert.equal(partition.wantsCommit, false, 'nothing is settled');
    partition.settle(held, 0, 1);
    assert.equal(partition.wantsCommit, true);
    partition.confirm(1n, 1, 0);
    assert.equal(partition.wantsCommit, false);
  });
});

describe('which record is next', () => {
  test('one that has waited comes before what was never considered', () => {
    const partition = partitionOf();
    partition.admit(rowOfKeys(1, 2, 3, 4));
    const held = partition.backlog.find(0);
    const { hands, taken } = handsOf(100);
    partition.take(hands, 3);
    partition.lanes.ready(partition.takeBack(held, 1));
    partition.take(hands, 1);
    assert.deepEqual(taken, [0, 1, 2, 1]);
  });

  test('a record steps aside when its key has to wait, and those of other keys pass', () => {
    const partition = partitionOf();
    partition.admit(rowOfKeys(1, 2, 1, 3));
    const lane = partition.backlog.find(0).lane[0] as number;
    const { hands, taken } = handsOf(100, new Set([lane]));
    partition.take(hands, 100);
    assert.deepEqual(taken, [1, 3]);
    assert.equal(partition.lanes.of(lane)?.size, 2);
  });

  test('no more are taken than the share allows, those in flight included', () => {
    const partition = partitionOf();
    partition.admit(rowOf(0, 20));
    partition.cap = 7;
    partition.inFlight = 4;
    const { hands, taken } = handsOf(100);
    assert.equal(partition.take(hands, 100), 3);
    partition.inFlight = 7;
    assert.equal(partition.take(hands, 100), 0);
    assert.deepEqual(taken, [0, 1, 2]);
  });

  test('a held partition hands out nothing', () => {
    const partition = partitionOf();
    partition.admit(rowOf(0, 20));
    partition.hold();
    const { hands } = handsOf(100);
    assert.equal(partition.take(hands, 100), 0);
    assert.equal(partition.hasWork, false);
  });
});

describe('a key that cannot go on', () => {
  test('never leaves a thread idle, however many records of it come first', () => {
    const rig = new Rig({ maxUncommitted: 10_000 });
    const epoch = rig.assign();
    epoch.admit(rowOfKeys(1));
    rig.fail(0, { mayRetry: false });
    epoch.admit(rowOf(1, 5_000, () => 1));
    epoch.admit(rowOf(5_001, 1, () => 2));
    assert.deepEqual(rig.offsets, [5_001]);
  });

  test('is passed while another record runs for long', () => {
    const rig = new Rig({ maxUncommitted: 10_000 });
    const epoch = rig.assign();
    rig.means = [1_000];
    rig.clock.advance(2);
    epoch.admit(rowOf(0, 1_000, () => 1));
    epoch.admit(rowOf(1_000, 1, () => 2));
    assert.deepEqual(rig.offsets, [0, 1_000]);
  });

  test('does not make a full thread look at all that is behind it', () => {
    const partition = partitionOf(10_000);
    partition.admit(rowOf(0, 1_000, () => 1));
    const lane = partition.backlog.find(0).lane[0] as number;
    const { hands } = handsOf(100, new Set([lane]));
    partition.take({ ...hands, isHungry: () => false }, 100);
    assert(partition.backlog.cursor < 100, `looked at ${partition.backlog.cursor}`);
  });
});

describe('the number of an attempt', () => {
  test('counts the attempts that were charged', () => {
    const partition = partitionOf();
    partition.admit(rowOf(0, 1));
    assert.equal(partition.attempts.next(0), 1);
    assert.deepEqual(partition.attempts.charge(0, false), { attempts: 1, strikes: 0 });
    assert.deepEqual(partition.attempts.charge(0, true), { attempts: 2, strikes: 1 });
    assert.equal(partition.attempts.next(0), 3);
  });

  test('is forgotten when the record has ended', () => {
    const partition = partitionOf();
    partition.admit(rowOf(0, 2));
    for (const seq of [0, 1]) partition.attempts.charge(seq, false);
    partition.settle(partition.backlog.find(0), 0, 1);
    assert.deepEqual([partition.attempts.next(0), partition.attempts.next(1)], [1, 2]);
  });

  test('is not raised by a record that was given back', () => {
    const rig = new Rig();
    rig.assign().admit(rowOf(0, 1));
    rig.back(0, VERDICT.notRun);
    assert.equal(rig.held[0]?.attempt, 1);
  });
});

test('draining, it fills the gaps below the highest record that was handed out, and no more', () => {
  const partition = partitionOf();
  partition.admit(rowOf(0, 10, (i) => i));
  const held = partition.backlog.find(0);
  const { hands, taken } = handsOf(100);
  partition.take(hands, 6);
  for (const at of [1, 5]) partition.lanes.ready(partition.takeBack(held, at));
  partition.hold();
  partition.drain();
  partition.take(hands, 100);
  assert.deepEqual(taken.slice(6), [1]);
  assert.equal(partition.topOffset, 5n);
});

test('a partition that was given up takes no record', () => {
  const partition = partitionOf();
  partition.close();
  assert.throws(() => partition.admit(rowOf(0, 1)), { code: 'MR900' });
});

test('so many records would be handled again after a crash as were handed out above the committed offset', () => {
  const partition = partitionOf();
  partition.admit(rowOf(0, 10));
  partition.take(handsOf(6).hands, 100);
  assert.equal(partition.replayBound, 6);
  partition.confirm(2n, 2, 0);
  assert.equal(partition.replayBound, 4);
});

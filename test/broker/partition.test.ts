import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Partition } from '../../src/broker/partition.ts';

const at = ({ leaderId, leaderEpoch, isr }: Partition) => ({ leaderId, leaderEpoch, isr });

test('the first replica that is up leads in epoch 0', () => {
  const partition = new Partition('t', 0, [3, 1, 2], [1, 2]);
  assert.deepEqual(at(partition), { leaderId: 1, leaderEpoch: 0, isr: [1, 2] });
  assert.equal(new Partition('t', 0, [1], []).leaderId, null);
});

test('when its leader goes down the next in sync leads in a new epoch', () => {
  const partition = new Partition('t', 0, [1, 2], [1, 2]);
  partition.nodeDown(1);
  assert.deepEqual(at(partition), { leaderId: 2, leaderEpoch: 1, isr: [2] });
  partition.nodeUp(1);
  assert.deepEqual(at(partition), { leaderId: 2, leaderEpoch: 1, isr: [2, 1] });
});

test('when the last in sync goes down nobody leads until a replica comes up', () => {
  const partition = new Partition('t', 0, [1], [1]);
  partition.nodeDown(1);
  assert.deepEqual(at(partition), { leaderId: null, leaderEpoch: 1, isr: [1] });
  partition.nodeUp(2);
  assert.equal(partition.leaderId, null);
  partition.nodeUp(1);
  assert.deepEqual(at(partition), { leaderId: 1, leaderEpoch: 2, isr: [1] });
});

test('a leader is moved only to a replica in sync, and those who wait are told', () => {
  const partition = new Partition('t', 0, [1, 2, 3], [1, 2]);
  let rings = 0;
  partition.changed.listen(() => rings++);
  partition.lead(2);
  assert.deepEqual([partition.leaderId, partition.leaderEpoch, rings], [2, 1, 1]);
  assert.throws(() => partition.lead(3), RangeError);
});

test('the log knows where each epoch began', () => {
  const partition = new Partition('t', 0, [1, 2], [1, 2]);
  partition.lead(2);
  assert.deepEqual(partition.log.epochs.endOf(0, 1, 0n), { epoch: 0, offset: 0n });
});

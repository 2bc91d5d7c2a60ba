import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../src/broker/errors.ts';
import { planTopic, type TopicWish } from '../../src/broker/topic-plan.ts';
import { clusterOf } from '../support/clusters.ts';

const WISH: TopicWish = {
  name: 'orders',
  numPartitions: 2,
  replicationFactor: 1,
  assignments: [],
  configs: [],
};

/** What comes of a wish in a cluster of three: replicas by partition, or the error. */
function planned(wish: Partial<TopicWish>, configs: Record<string, string> = {}) {
  try {
    return planTopic(clusterOf(3, configs), { ...WISH, ...wish }).assignments;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

test('numbers that are left open come from the configs', () => {
  const open = { numPartitions: -1, replicationFactor: -1 };
  const plan = planned(open, { 'num.partitions': '5', 'default.replication.factor': '2' });
  assert.ok(Array.isArray(plan));
  assert.deepEqual([plan.length, plan[0]?.length], [5, 2]);
});

test('numbers that cannot be are refused', () => {
  assert.match(String(planned({ numPartitions: 0 })), /^INVALID_PARTITIONS/);
  assert.match(String(planned({ numPartitions: -2 })), /^INVALID_PARTITIONS/);
  assert.match(String(planned({ numPartitions: 10_001 })), /^POLICY_VIOLATION/);
  assert.match(String(planned({ replicationFactor: 0 })), /^INVALID_REPLICATION_FACTOR/);
  assert.match(String(planned({ replicationFactor: 4 })), /only 3 broker\(s\) are registered/);
});

const byHand = (...assignments: [partitionIndex: number, brokerIds: number[]][]) =>
  planned({
    numPartitions: -1,
    replicationFactor: -1,
    assignments: assignments.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
  });

test('replicas can be assigned by hand, in any order of partitions', () => {
  assert.deepEqual(byHand([1, [3, 1]], [0, [2, 3]]), [
    [2, 3],
    [3, 1],
  ]);
});

test('replicas that cannot be are refused', () => {
  for (const wrong of [
    byHand([1, [1]]),
    byHand([0, [1]], [0, [1]]),
    byHand([0, [9]]),
    byHand([0, [1, 1]]),
    byHand([0, []]),
    byHand([0, [1]], [1, [1, 2]]),
  ]) {
    assert.match(String(wrong), /^INVALID_REPLICA_ASSIGNMENT: /);
  }
  const assignments = [{ partitionIndex: 0, brokerIds: [1] }];
  assert.match(String(planned({ assignments })), /^INVALID_REQUEST: .*replication factor/);
  const half = { assignments, replicationFactor: -1 };
  assert.match(String(planned(half)), /^INVALID_REQUEST: .*numPartitions/);
});

test('a config must be known, have a value and fit', () => {
  const withConfig = (name: string, value: string | null) =>
    String(planned({ configs: [{ name, value }] }));
  assert.match(withConfig('nope', '1'), /^INVALID_CONFIG: Unknown topic config name: nope$/);
  assert.match(withConfig('retention.ms', null), /^INVALID_CONFIG: Null value/);
  assert.match(withConfig('retention.ms', 'x'), /^INVALID_CONFIG: Invalid value x/);
});

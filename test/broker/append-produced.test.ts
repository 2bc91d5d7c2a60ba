import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendProduced } from '../../src/broker/append-produced.ts';
import type { Partition } from '../../src/broker/partition.ts';
import type { Topic } from '../../src/broker/topic.ts';
import { batchOf } from '../support/broker-batches.ts';
import { NOW_MS } from '../support/broker-scene.ts';
import { clusterOf } from '../support/clusters.ts';

const TERMS = { needsAllReplicas: true, allowsZstd: true };

function place(configs: Record<string, string> = {}) {
  const cluster = clusterOf(2);
  const topic: Topic = cluster.topics.create({
    name: 'orders',
    assignments: [[1, 2]],
    configs: new Map(Object.entries(configs)),
  });
  const partition = topic.partitions[0] as Partition;
  for (const id of [1, 2]) partition.nodeUp(id);
  return { cluster, topic, partition };
}

test('records that come in wake those who wait for them', () => {
  const { cluster, topic, partition } = place();
  let rings = 0;
  partition.changed.listen(() => rings++);
  const appended = appendProduced(cluster, topic, partition, batchOf(3), TERMS);
  assert.deepEqual(appended, { baseOffset: 0n, logAppendTimeMs: -1n });
  assert.equal(rings, 1);
});

test('a topic can have its records stamped by the log', () => {
  const { cluster, topic, partition } = place({ 'message.timestamp.type': 'LogAppendTime' });
  const appended = appendProduced(cluster, topic, partition, batchOf(3), TERMS);
  assert.equal(appended.logAppendTimeMs, BigInt(NOW_MS));
  assert.equal(partition.log.latest()?.timestamp, BigInt(NOW_MS));
});

test('a topic has its own limit of bytes', () => {
  const { cluster, topic, partition } = place({ 'max.message.bytes': '80' });
  const append = () => appendProduced(cluster, topic, partition, batchOf(3), TERMS);
  assert.throws(append, /MESSAGE_TOO_LARGE/);
});

test('who waits for all replicas is refused when too few are in sync', () => {
  const { cluster, topic, partition } = place({ 'min.insync.replicas': '2' });
  const append = (needsAllReplicas: boolean) =>
    appendProduced(cluster, topic, partition, batchOf(1), { ...TERMS, needsAllReplicas });
  assert.equal(append(true).baseOffset, 0n);
  partition.nodeDown(2);
  assert.throws(() => append(true), /NOT_ENOUGH_REPLICAS/);
  assert.equal(append(false).baseOffset, 1n);
});

test('a producer cannot write in and beside its transaction at once', () => {
  const { cluster, topic, partition } = place();
  const append = (baseSequence: number, attributes: number) => {
    const facts = { producerId: 5n, producerEpoch: 0, baseSequence, attributes };
    return appendProduced(cluster, topic, partition, batchOf(1, facts), TERMS).baseOffset;
  };
  assert.equal(append(0, 0x10), 0n);
  assert.throws(() => append(1, 0), /INVALID_TXN_STATE/);
  partition.mark('commit', 5n, 0, NOW_MS);
  assert.equal(append(1, 0), 2n);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupOffsets } from '../../../src/broker/groups/offsets.ts';

const at = (offset: bigint) => ({ offset, leaderEpoch: -1, metadata: '' });

/** What is committed for orders/0, null when nothing is. */
const committed = (offsets: GroupOffsets) => offsets.committed('orders', 0)?.offset ?? null;

test('the last commit of a partition stands, also when it goes backwards', () => {
  const offsets = new GroupOffsets();
  offsets.commit('orders', 0, { offset: 7n, leaderEpoch: 3, metadata: 'note' });
  offsets.commit('orders', 0, at(5n));
  assert.equal(committed(offsets), 5n);
  assert.equal(offsets.committed('orders', 1), null);
});

test('what a transaction commits is pending until it ends', () => {
  const offsets = new GroupOffsets();
  offsets.addPending(1n, 'orders', 0, at(5n));
  assert.equal(offsets.isPending('orders', 0), true);
  assert.equal(offsets.isPending('orders', 1), false);
  assert.equal(committed(offsets), null);
  offsets.complete(1n, true);
  assert.equal(offsets.isPending('orders', 0), false);
  assert.equal(committed(offsets), 5n);
});

test('an aborted transaction commits nothing', () => {
  const offsets = new GroupOffsets();
  offsets.commit('orders', 0, at(2n));
  offsets.addPending(1n, 'orders', 0, at(5n));
  offsets.complete(1n, false);
  assert.equal(offsets.isPending('orders', 0), false);
  assert.equal(committed(offsets), 2n);
});

test('transactions of several producers end apart', () => {
  const offsets = new GroupOffsets();
  offsets.addPending(1n, 'orders', 0, at(5n));
  offsets.addPending(2n, 'orders', 0, at(6n));
  offsets.complete(1n, true);
  assert.equal(offsets.isPending('orders', 0), true);
  assert.equal(committed(offsets), 5n);
  offsets.complete(2n, true);
  assert.equal(committed(offsets), 6n);
});

test('a plain commit made after that of a transaction outlives its end', () => {
  const offsets = new GroupOffsets();
  offsets.addPending(1n, 'orders', 0, at(5n));
  offsets.commit('orders', 0, at(9n));
  offsets.complete(1n, true);
  assert.equal(committed(offsets), 9n);
});

test('a transaction that ends without offsets changes nothing', () => {
  const offsets = new GroupOffsets();
  offsets.complete(1n, true);
  assert.deepEqual([...offsets.partitions()], []);
});

test('deleting a partition also forgets what a transaction would commit for it', () => {
  const offsets = new GroupOffsets();
  offsets.commit('orders', 0, at(1n));
  offsets.commit('orders', 1, at(2n));
  offsets.addPending(1n, 'orders', 0, at(5n));
  offsets.delete('orders', 0);
  offsets.complete(1n, true);
  assert.deepEqual([...offsets.partitions()], [['orders', [1]]]);
});

test('a topic without partitions left is not listed', () => {
  const offsets = new GroupOffsets();
  offsets.commit('orders', 0, at(1n));
  offsets.delete('orders', 0);
  assert.deepEqual([...offsets.partitions()], []);
});

test('a deleted topic takes all its offsets along', () => {
  const offsets = new GroupOffsets();
  offsets.commit('orders', 0, at(1n));
  offsets.commit('payments', 0, at(1n));
  offsets.addPending(1n, 'orders', 1, at(5n));
  offsets.deleteTopic('orders');
  offsets.complete(1n, true);
  assert.deepEqual([...offsets.partitions()], [['payments', [0]]]);
});

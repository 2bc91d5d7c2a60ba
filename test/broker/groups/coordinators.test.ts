import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Coordinators } from '../../../src/broker/groups/coordinators.ts';

const nodes = (...ids: readonly number[]) =>
  ids.map((id) => ({ id, host: '127.0.0.1', port: 9000 + id }));

/** The ids of those who coordinate the keys. */
const placesOf = (coordinators: Coordinators, keys: readonly string[]) =>
  keys.map((key) => coordinators.of(key)?.id);

test('a key is coordinated by the leader of the partition that Java would hash it to', () => {
  // Partitions 0 to 49 are led in turn. "orders".hashCode() is -1008770331, and that of the last is -2147483648.
  const coordinators = new Coordinators(() => nodes(...Array.from({ length: 50 }, (_, i) => i)));
  const keys = ['', 'a', 'orders', 'polygenelubricants'];
  assert.deepEqual(placesOf(coordinators, keys), [0, 97 % 50, 1_008_770_331 % 50, 0]);
});

test('keys are spread over the nodes that are up', () => {
  let live = nodes(1, 2, 3);
  const coordinators = new Coordinators(() => live);
  const keys = Array.from({ length: 100 }, (_, i) => `group-${i}`);
  assert.deepEqual([...new Set(placesOf(coordinators, keys))].sort(), [1, 2, 3]);
  live = nodes(1, 3);
  assert.deepEqual([...new Set(placesOf(coordinators, keys))].sort(), [1, 3]);
});

test('a key can be moved, and is where it was while that node is down', () => {
  let live = nodes(1, 2, 3);
  const coordinators = new Coordinators(() => live);
  const before = coordinators.of('orders')?.id;
  const other = before === 1 ? 2 : 1;
  coordinators.move('orders', other);
  assert.equal(coordinators.of('orders')?.id, other);
  live = nodes(1, 2, 3).filter(({ id }) => id !== other);
  assert.notEqual(coordinators.of('orders')?.id, other);
  live = nodes(1, 2, 3);
  assert.equal(coordinators.of('orders')?.id, other);
});

test('without a node nobody coordinates', () => {
  assert.equal(new Coordinators(() => []).of('orders'), null);
});

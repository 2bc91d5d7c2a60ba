import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../src/broker/errors.ts';
import { Topics } from '../../src/broker/topics.ts';

const topicsOf = (ids: readonly number[]): Topics => new Topics({ ids, liveIds: () => ids });
const wish = (name: string) => ({ name, assignments: [[1], [1]], configs: new Map() });
const refusedWith = (name: string) => (error: unknown) =>
  error instanceof Refusal && error.message.startsWith(name);

test('a topic is found by its name and by its id until it is deleted', () => {
  const topics = topicsOf([1]);
  const topic = topics.create(wish('orders'));
  assert.equal(topics.get('orders'), topic);
  assert.equal(topics.byId(topic.id), topic);
  assert.equal(topics.partition('orders', 1)?.index, 1);
  assert.equal(topics.partition('orders', 2), undefined);
  let rings = 0;
  for (const { changed } of topic.partitions) changed.listen(() => rings++);
  topics.delete(topic);
  assert.equal(rings, 2);
  assert.equal(topics.get('orders'), undefined);
  assert.equal(topics.byId(topic.id), undefined);
  assert.notEqual(topics.create(wish('orders')).id, topic.id);
});

test('a name that is taken, collides or is none is refused', () => {
  const topics = topicsOf([1]);
  topics.create(wish('a.b'));
  assert.throws(() => topics.create(wish('a.b')), refusedWith('TOPIC_ALREADY_EXISTS'));
  assert.throws(() => topics.create(wish('a_b')), refusedWith('INVALID_TOPIC_EXCEPTION'));
  assert.throws(() => topics.create(wish('a/b')), refusedWith('INVALID_TOPIC_EXCEPTION'));
});

test('leaders are spread evenly, and each partition has its replicas on different nodes', () => {
  const spread = topicsOf([1, 2, 3]).spread('orders', 0, 9, 2);
  const leaders = spread.map(([leader]) => leader);
  for (const id of [1, 2, 3]) assert.equal(leaders.filter((leader) => leader === id).length, 3);
  assert.ok(spread.every((replicas) => new Set(replicas).size === 2));
});

test('added partitions go on where the others ended', () => {
  const topics = topicsOf([1, 2, 3]);
  const all = topics.spread('orders', 0, 5, 1);
  const parts = [...topics.spread('orders', 0, 2, 1), ...topics.spread('orders', 2, 3, 1)];
  assert.deepEqual(parts, all);
});

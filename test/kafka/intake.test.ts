import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Held, nameOf } from '../../src/kafka/intake.ts';

describe('Held', () => {
  it('begins as a partition of which nothing is known', () => {
    const held = new Held('orders', 3);
    assert.equal(held.name, 'orders/3');
    assert.deepEqual(
      [held.state, held.epoch, held.leader, held.committed, held.end, held.readableEnd],
      ['adopting', null, -1, null, null, null],
    );
  });

  it('remembers the ends of the log and when it saw them', () => {
    const held = new Held('orders', 3);
    held.sawEnds(12n, 10n, 500);
    assert.deepEqual([held.end, held.readableEnd, held.endSeenMs], [12n, 10n, 500]);
  });
});

describe('nameOf', () => {
  it('gives different partitions different names, for topic names that Kafka allows', () => {
    const places: [string, number][] = [
      ['a', 11],
      ['a', 1],
      ['a1', 1],
      ['a.1', 1],
      ['a-1', 1],
    ];
    assert.equal(new Set(places.map(([topic, partition]) => nameOf(topic, partition))).size, 5);
  });
});

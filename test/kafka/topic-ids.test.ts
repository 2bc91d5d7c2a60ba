import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Held } from '../../src/kafka/intake.ts';
import { speaks, topicIds } from '../../src/kafka/topic-ids.ts';
import { FakeCluster } from '../support/fake-cluster.ts';
import { answers } from '../support/fake-wire.ts';

const ID = 'a'.repeat(21).concat('A');
const OTHER = 'c'.repeat(21).concat('A');

function ledBy(topic: string, leader: number): Held {
  const held = new Held(topic, 0);
  held.leader = leader;
  return held;
}

/** Brokers 1 and 2, which answer for these topics. */
function clusterOf(ofFirst: Record<string, string | null>, ofSecond = ofFirst): FakeCluster {
  const cluster = new FakeCluster();
  for (const [id, topics] of [
    [1, ofFirst],
    [2, ofSecond],
  ] as const) {
    const broker = cluster.broker(id);
    broker.versions = { 3: { minVersion: 0, maxVersion: 13 } };
    broker.onCall = () => answers.ids(topics);
  }
  return cluster;
}

describe('topicIds', () => {
  it('asks the leader of each partition, and names what does not exist', async () => {
    const cluster = clusterOf({ orders: ID, gone: null }, { returns: OTHER });
    const places = [ledBy('orders', 1), ledBy('gone', 1), ledBy('returns', 2)];
    assert.deepEqual(
      await topicIds(cluster, places),
      new Map([
        ['orders/0', ID],
        ['gone/0', null],
        ['returns/0', OTHER],
      ]),
    );
    assert.deepEqual(cluster.broker(1).of('Metadata')[0]?.body.topics, ['orders', 'gone']);
  });

  it('leaves out what has no leader, and what a broker did not answer for', async () => {
    const cluster = clusterOf({ orders: ID });
    cluster.broker(2).onCall = () => new Error('cut');
    const places = [ledBy('orders', 1), ledBy('returns', 2), ledBy('lost', -1)];
    assert.deepEqual(await topicIds(cluster, places), new Map([['orders/0', ID]]));
  });

  it('asks no broker that has none to give', async () => {
    const cluster = clusterOf({ orders: ID });
    cluster.broker(1).versions = { 3: { minVersion: 0, maxVersion: 11 } };
    assert.deepEqual(await topicIds(cluster, [ledBy('orders', 1)]), new Map([['orders/0', '']]));
    assert.equal(cluster.broker(1).calls.length, 0);
  });
});

describe('speaks', () => {
  it('is false for what a broker does not know, or has not said yet', () => {
    const { 1: first } = Object.fromEntries(clusterOf({}).brokers);
    assert(first);
    assert.equal(speaks(first, 3, 12), true);
    assert.equal(speaks(first, 3, 14), false);
    assert.equal(speaks(first, 1, 13), false);
  });
});

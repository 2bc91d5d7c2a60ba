import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Coordinator } from '../../src/kafka/coordinator.ts';
import { Held } from '../../src/kafka/intake.ts';
import {
  byTopic,
  committedOffsets,
  leaderOf,
  logEnds,
  logRanges,
} from '../../src/kafka/offsets.ts';
import type { FakeBroker, FakeCall } from '../support/fake-broker.ts';
import { clientError, FakeCluster } from '../support/fake-cluster.ts';
import { answers } from '../support/fake-wire.ts';

const held = (topic: string, partition: number): Held => new Held(topic, partition);
const places = [held('orders', 1), held('bills', 0), held('orders', 0)];
const GROUP = 'orders-svc';

/** orders/0 and bills/0 are led by broker 1, orders/1 by broker 2. */
const twoLeaders = (): FakeCluster => new FakeCluster({ orders: [1, 2], bills: [1] });

/** Logs from 10 to 20 plus the number of the broker; what is not committed begins at 15. */
function answerLogs(broker: FakeBroker): void {
  broker.onCall = (call: FakeCall) => {
    const { isolation, partitions } = (call as FakeCall<'ListOffsets'>).body;
    const end = isolation === 1 ? 15n : 20n + BigInt(broker.nodeId);
    return answers.offsets(
      partitions.map(({ topic, partition, timestamp }) => ({
        topic,
        partition,
        offset: timestamp === -2n ? 10n : end,
      })),
    );
  };
}

describe('committedOffsets', () => {
  it('asks the coordinator once for all, and answers in the order of the places', async () => {
    const cluster = twoLeaders();
    cluster.coordinatorId = 2;
    cluster.coordinator.onCall = () =>
      answers.committed([
        { topic: 'orders', partition: 0, offset: 2n ** 53n + 1n, metadata: 'who' },
        { topic: 'orders', partition: 1, offset: 0n, metadata: null },
        { topic: 'bills', partition: 0, offset: 7n },
      ]);
    const found = await committedOffsets(new Coordinator(cluster, GROUP), GROUP, places);
    assert.deepEqual(found, [
      { offset: 0n, metadata: '' },
      { offset: 7n, metadata: '' },
      { offset: 2n ** 53n + 1n, metadata: 'who' },
    ]);
    const [call, ...others] = cluster.coordinator.of('OffsetFetch');
    assert.deepEqual(others, []);
    assert.equal(call?.version, 4);
    assert.deepEqual(call?.body, {
      groupId: GROUP,
      partitions: [
        { topic: 'orders', partition: 1 },
        { topic: 'orders', partition: 0 },
        { topic: 'bills', partition: 0 },
      ],
    });
  });

  it('takes a negative offset, whichever, and a partition that is left out for nothing committed', async () => {
    const cluster = twoLeaders();
    cluster.coordinator.onCall = () =>
      answers.committed([
        { topic: 'orders', partition: 1, offset: -1n },
        { topic: 'bills', partition: 0, offset: -5n },
      ]);
    const found = await committedOffsets(new Coordinator(cluster, GROUP), GROUP, places);
    assert.deepEqual(
      found.map(({ offset }) => offset),
      [null, null, null],
    );
  });

  it('fails with the error of the answer, or of one partition', async () => {
    for (const answer of [
      answers.committed([], 16),
      answers.committed([
        { topic: 'bills', partition: 0, offset: 3n },
        { topic: 'orders', partition: 1, offset: -1n, error: 16 },
      ]),
    ]) {
      const cluster = twoLeaders();
      cluster.coordinator.onCall = () => answer;
      await assert.rejects(committedOffsets(new Coordinator(cluster, GROUP), GROUP, places), {
        type: 'NOT_COORDINATOR_FOR_GROUP',
      });
    }
  });
});

describe('logRanges', () => {
  it('asks each leader for the first offset and for the end, open transactions included', async () => {
    const cluster = twoLeaders();
    for (const broker of cluster.brokers.values()) answerLogs(broker);
    assert.deepEqual(await logRanges(cluster, places), [
      { start: 10n, end: 22n },
      { start: 10n, end: 21n },
      { start: 10n, end: 21n },
    ]);
    const calls = [...cluster.brokers.values()].flatMap((broker) => broker.of('ListOffsets'));
    assert.equal(calls.length, 4);
    for (const { version, body } of calls) {
      assert.equal(version, 3);
      assert.equal(body.isolation, 0);
    }
    assert.deepEqual(cluster.broker(2).of('ListOffsets')[0]?.body.partitions, [
      { topic: 'orders', partition: 1, timestamp: -2n },
    ]);
  });

  it('reads offsets beyond 2^53 exactly', async () => {
    const cluster = twoLeaders();
    const offset = 2n ** 53n + 1n;
    cluster.broker(1).onCall = () => answers.offsets([{ topic: 'bills', partition: 0, offset }]);
    const range = await logRanges(cluster, [held('bills', 0)]);
    assert.deepEqual(range, [{ start: offset, end: offset }]);
  });

  it('leaves out what has no leader, and what a leader does not answer for', async () => {
    const cases: ((cluster: FakeCluster) => void)[] = [
      (cluster) => cluster.topics.set('orders', [1, -1]),
      (cluster) => cluster.topics.set('orders', [1]),
      (cluster) => cluster.down.add(2),
      (cluster) => {
        cluster.broker(2).onCall = () => clientError('KafkaJSRequestTimeoutError');
      },
      (cluster) => {
        cluster.broker(2).onCall = () =>
          answers.offsets([{ topic: 'orders', partition: 1, offset: -1n, error: 6 }]);
      },
      (cluster) => {
        const { onCall } = cluster.broker(2);
        cluster.broker(2).onCall = (call) => {
          const [place] = (call as FakeCall<'ListOffsets'>).body.partitions;
          return place?.timestamp === -1n
            ? clientError('KafkaJSRequestTimeoutError')
            : onCall(call);
        };
      },
    ];
    for (const spoil of cases) {
      const cluster = twoLeaders();
      for (const broker of cluster.brokers.values()) answerLogs(broker);
      spoil(cluster);
      assert.deepEqual(await logRanges(cluster, places), [
        undefined,
        { start: 10n, end: 21n },
        { start: 10n, end: 21n },
      ]);
    }
  });
});

describe('logEnds', () => {
  it('gives the end of the log and, where only what is committed is read, the end of that', async () => {
    const cluster = twoLeaders();
    for (const broker of cluster.brokers.values()) answerLogs(broker);
    assert.deepEqual([...(await logEnds(cluster, places, true))].sort(), [
      ['bills/0', { end: 21n, readableEnd: 15n }],
      ['orders/0', { end: 21n, readableEnd: 15n }],
      ['orders/1', { end: 22n, readableEnd: 15n }],
    ]);
  });

  it('asks once when everything is read', async () => {
    const cluster = twoLeaders();
    for (const broker of cluster.brokers.values()) answerLogs(broker);
    const ends = await logEnds(cluster, [held('orders', 0)], false);
    assert.deepEqual([...ends], [['orders/0', { end: 21n, readableEnd: 21n }]]);
    assert.equal(cluster.broker(1).calls.length, 1);
  });

  it('gives what is known of the others when a leader does not answer', async () => {
    const cluster = twoLeaders();
    answerLogs(cluster.broker(2));
    cluster.broker(1).onCall = () => clientError('KafkaJSConnectionError');
    assert.deepEqual([...(await logEnds(cluster, places, true)).keys()], ['orders/1']);
  });
});

describe('leaderOf', () => {
  it('is the broker that the metadata names, -1 where they name none', () => {
    const cluster = new FakeCluster({ orders: [4, -1] });
    assert.equal(leaderOf(cluster, { topic: 'orders', partition: 0 }), 4);
    assert.equal(leaderOf(cluster, { topic: 'orders', partition: 1 }), -1);
    assert.equal(leaderOf(cluster, { topic: 'orders', partition: 2 }), -1);
    assert.equal(leaderOf(cluster, { topic: 'unknown', partition: 0 }), -1);
  });
});

describe('byTopic', () => {
  it('groups any places by topic, loses none and keeps the order of each topic', () => {
    const place = fc.record({
      topic: fc.constantFrom('a', 'b', '__proto__', 'constructor'),
      partition: fc.nat(50),
    });
    fc.assert(
      fc.property(fc.array(place), (list) => {
        const given = list.map(({ topic, partition }) => held(topic, partition));
        const grouped = byTopic(given, ({ partition }) => partition);
        assert.equal(new Set(grouped.map(({ topic }) => topic)).size, grouped.length);
        for (const { topic, partitions } of grouped) {
          assert.deepEqual(
            partitions,
            list.filter((each) => each.topic === topic).map((each) => each.partition),
          );
        }
        assert.equal(grouped.flatMap(({ partitions }) => partitions).length, list.length);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settleable, turn } from '../support/fake-broker.ts';
import { clientError } from '../support/fake-cluster.ts';
import { FetchRig } from '../support/fake-fetching.ts';
import { answers } from '../support/fake-wire.ts';
import { batch, record } from './records/naive.ts';

const NOT_LEADER = 6;
const RETRIABLE = 78;

/** Lets the pause after an error pass, and asserts that nothing was asked at the broker before its end. */
async function pauseOf(rig: FetchRig, nodeId = 1): Promise<void> {
  const before = rig.asked(nodeId).length;
  rig.clock.advance(199);
  await turn();
  assert.equal(rig.asked(nodeId).length, before);
  rig.clock.advance(1);
  await turn();
}

describe('Fetcher, at an error of one partition', () => {
  it('asks for it again after a pause, and for the others at once', async () => {
    const rig = new FetchRig();
    rig.add(0);
    await turn();
    rig.add(1);
    rig.answer([{ partition: 0, error: RETRIABLE }]);
    await turn();
    assert.deepEqual(rig.asked().at(-1), [1]);
    rig.clock.advance(199);
    rig.answer([{ partition: 1 }]);
    await turn();
    assert.deepEqual(rig.asked().at(-1), [1]);
    rig.clock.advance(1);
    rig.answer([{ partition: 1 }]);
    await turn();
    assert.deepEqual(rig.asked().at(-1), [0, 1]);
    assert.equal(rig.cluster.count('refresh'), 0);
  });

  it('does nothing until the pause is over when there are no others', async () => {
    const rig = new FetchRig({
      fetch: { maxBytes: 9, maxPartitionBytes: 9, maxWaitMs: 5000, minBytes: 1 },
    });
    rig.add(0);
    await turn();
    rig.answer([{ partition: 0, error: RETRIABLE }]);
    await turn();
    await pauseOf(rig);
    assert.equal(rig.asked().length, 2);
  });

  it('follows a partition to its new leader', async () => {
    const rig = new FetchRig();
    rig.add(0);
    await turn();
    rig.cluster.onRefresh = () => {
      rig.cluster.topics.set('orders', [2, 1, 2]);
      return Promise.resolve();
    };
    rig.answer([{ partition: 0, error: NOT_LEADER }]);
    await turn();
    assert.equal(rig.cluster.count('refresh'), 1);
    await pauseOf(rig, 2);
    assert.deepEqual([rig.asked(1), rig.asked(2)], [[[0]], [[0]]]);
  });

  it('asks the old leader again when the metadata know no other', async () => {
    const rig = new FetchRig();
    rig.add(0);
    await turn();
    rig.cluster.onRefresh = () => {
      rig.cluster.topics.set('orders', [-1, 1, 2]);
      return Promise.resolve();
    };
    rig.answer([{ partition: 0, error: NOT_LEADER }]);
    await turn();
    await pauseOf(rig);
    assert.deepEqual(rig.asked(1), [[0], [0]]);
  });

  it('asks for new metadata once at a time, and goes on with the old when that fails', async () => {
    const rig = new FetchRig();
    const refreshed = settleable<void>();
    rig.cluster.onRefresh = () => refreshed.promise;
    rig.add(0);
    rig.add(2);
    await turn();
    rig.answer([{ partition: 0, error: NOT_LEADER }], 1);
    rig.answer([{ partition: 2, error: NOT_LEADER }], 2);
    await turn();
    assert.equal(rig.cluster.count('refresh'), 1);
    refreshed.fail(clientError('KafkaJSNumberOfRetriesExceeded'));
    await turn();
    await pauseOf(rig);
    assert.deepEqual(
      [rig.asked(1), rig.asked(2)],
      [
        [[0], [0]],
        [[2], [2]],
      ],
    );
    rig.answer([{ partition: 0, error: NOT_LEADER }], 1);
    await turn();
    assert.equal(rig.cluster.count('refresh'), 2);
  });

  it('hands over a position that is not in the log, and asks no more until the partition is added again', async () => {
    const rig = new FetchRig();
    const held = rig.add(0);
    await turn();
    rig.answer([{ partition: 0, error: 1 }]);
    await turn();
    assert.deepEqual(rig.outOfRange, [held]);
    rig.clock.advance(10_000);
    await turn();
    assert.equal(rig.asked().length, 1);
    rig.fetcher.add(held);
    await turn();
    assert.equal(rig.asked().length, 2);
  });

  it('reports a topic that may not be read, and tries again after a pause', async () => {
    const rig = new FetchRig();
    const held = rig.add(0);
    await turn();
    rig.answer([{ partition: 0, error: 29 }]);
    await turn();
    assert.deepEqual(rig.denied, [held]);
    assert.equal(rig.asked().length, 1);
    await pauseOf(rig);
    assert.equal(rig.asked().length, 2);
  });

  it('reports an error that nothing mends, by its name', async () => {
    const rig = new FetchRig();
    const held = rig.add(0);
    await turn();
    rig.answer([{ partition: 0, error: 76 }]);
    await turn();
    assert.deepEqual(
      rig.unreadable.map(({ held: each, cause }) => [each, (cause as { type?: string }).type]),
      [[held, 'UNSUPPORTED_COMPRESSION_TYPE']],
    );
  });

  it('asks again after a pause for bytes that are corrupt, and reports them at the third time', async () => {
    const rig = new FetchRig();
    const held = rig.add(0);
    const set = batch({ records: [record(0)] });
    set[set.length - 1] = (set.at(-1) as number) ^ 1;
    await turn();
    for (let i = 1; i <= 3; i++) {
      assert.deepEqual(rig.unreadable, []);
      rig.answer([{ partition: 0, set }]);
      await turn();
      assert.equal(rig.asked().length, i);
      if (i < 3) await pauseOf(rig);
    }
    assert.deepEqual(
      rig.unreadable.map(({ held: each, cause }) => [each, cause.name]),
      [[held, 'CorruptSet']],
    );
  });

  it('looks for the leader of a partition until the metadata name one', async () => {
    const rig = new FetchRig();
    rig.cluster.topics.set('orders', [-1, 1, 2]);
    rig.add(0);
    await turn();
    assert.equal(rig.cluster.count('refresh'), 1);
    assert.deepEqual(rig.asked(1), []);
    await pauseOf(rig);
    assert.equal(rig.cluster.count('refresh'), 2);
    rig.cluster.topics.set('orders', [1, 1, 2]);
    await pauseOf(rig);
    assert.deepEqual(rig.asked(1), [[0]]);
    rig.clock.advance(10_000);
    await turn();
    assert.equal(rig.cluster.count('refresh'), 3);
  });
});

describe('Fetcher, when a request fails', () => {
  it('forgets the broker, asks for new metadata, and tries again after a pause; others go on', async () => {
    const rig = new FetchRig();
    const [held] = [rig.add(0), rig.add(2)];
    await turn();
    rig.open(1).fail(clientError('KafkaJSConnectionClosedError'));
    await turn();
    assert.deepEqual(rig.cluster.log, ['remove host-1:9092', 'refresh']);
    rig.answer([{ partition: 2 }], 2);
    await turn();
    assert.equal(rig.asked(2).length, 2);
    await pauseOf(rig, 1);
    assert.deepEqual(rig.asked(1), [[0], [0]]);
    assert.deepEqual(rig.client.cuts, []);
    assert.equal(rig.answered, 1);
    assert.equal(held.epoch.askedBytes, 2 ** 20);
  });

  it('cuts the connections of a broker that did not answer in time', async () => {
    const rig = new FetchRig();
    rig.add(0);
    await turn();
    rig.open(1).fail(clientError('KafkaJSRequestTimeoutError'));
    await turn();
    assert.deepEqual(rig.client.cuts, ['host-1:9092']);
  });

  it('takes an error of the whole answer, or an answer that ends too early, for a failure', async () => {
    for (const answer of [answers.fetch([], { error: 35 }), answers.fetch([]).subarray(0, 12)]) {
      const rig = new FetchRig();
      rig.add(0);
      await turn();
      rig.open(1).answer(answer);
      await turn();
      assert.deepEqual(rig.cluster.log, ['remove host-1:9092', 'refresh']);
      assert.equal(rig.answered, 0);
      await pauseOf(rig);
      assert.equal(rig.asked().length, 2);
    }
  });

  it('finds the new leader of a broker that is gone', async () => {
    const rig = new FetchRig();
    rig.cluster.down.add(1);
    rig.cluster.onRefresh = () => {
      rig.cluster.topics.set('orders', [2, 2, 2]);
      return Promise.resolve();
    };
    const held = rig.add(0);
    await turn();
    assert.deepEqual(rig.cluster.log, ['refresh']);
    await pauseOf(rig, 2);
    // The other broker's wait ends by itself at the latest; a request of it then has the partition.
    rig.clock.advance(100);
    await turn();
    assert.deepEqual(rig.asked(2), [[0]]);
    assert.equal(held.leader, 2);
  });

  it('looks for a leader that is missing once in 200 ms, however often the leaders change', async () => {
    const rig = new FetchRig();
    rig.cluster.topics.set('orders', [-1]);
    rig.add(0);
    await turn();
    rig.clock.advance(100);
    rig.fetcher.lead();
    rig.clock.advance(199);
    await turn();
    assert.equal(rig.cluster.count('refresh'), 1);
    rig.clock.advance(1);
    await turn();
    assert.equal(rig.cluster.count('refresh'), 2);
  });
});

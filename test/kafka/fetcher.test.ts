import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { turn } from '../support/fake-broker.ts';
import { FakeEpoch } from '../support/fake-epoch.ts';
import { FetchRig } from '../support/fake-fetching.ts';
import { pipelineOf } from '../support/pipeline.ts';
import { batch, record, recordsOf } from './records/naive.ts';

const { fetch } = pipelineOf().source;
const setOf = (from: number, count: number): Buffer =>
  batch({ records: Array.from({ length: count }, (_, i) => record(from + i)) });
const offsetsOf = (epoch: FakeEpoch): bigint[] =>
  epoch.blocks.flatMap((block) => recordsOf(block).map(({ offset }) => offset));

describe('Fetcher', () => {
  it('asks each broker with one request at a time, for the partitions that it leads', async () => {
    const rig = new FetchRig();
    rig.add(0);
    await turn();
    rig.add(1);
    rig.add(2);
    await turn();
    assert.deepEqual([rig.asked(1), rig.asked(2)], [[[0]], [[2]]]);
    rig.answer([{ partition: 0 }]);
    await turn();
    assert.deepEqual([rig.asked(1), rig.asked(2)], [[[0], [0, 1]], [[2]]]);
  });

  it('gives the records of an answer to the epoch, and asks on from where they end', async () => {
    const rig = new FetchRig();
    const held = rig.add(0, 5n);
    await turn();
    assert.equal(rig.open().body.partitions[0]?.offset, 5n);
    rig.answer([{ partition: 0, set: setOf(5, 3) }]);
    await turn();
    assert.deepEqual(offsetsOf(held.epoch), [5n, 6n, 7n]);
    assert.equal(rig.open().body.partitions[0]?.offset, 8n);
    assert.equal(rig.answered, 1);
  });

  it('asks only for partitions with room, and for no more than that', async () => {
    const rig = new FetchRig();
    const [full, tight, free] = [rig.add(0), rig.add(1), rig.add(2)];
    full.epoch.roomBytes = 0;
    tight.epoch.roomBytes = 700;
    free.epoch.roomBytes = 2 ** 30;
    await turn();
    rig.answer([], 1);
    rig.answer([], 2);
    await turn();
    const [ask] = rig.open(1).body.partitions;
    assert.deepEqual([rig.asked(1).at(-1), ask?.maxBytes], [[1], 700]);
    assert.equal(rig.open(2).body.partitions[0]?.maxBytes, fetch.maxPartitionBytes);
  });

  it('asks for a batch that is larger than the room when that is what comes next', async () => {
    const rig = new FetchRig();
    const held = rig.add(0);
    held.epoch.roomBytes = 100;
    await turn();
    rig.answer([{ partition: 0 }]);
    await turn();
    rig.answer([{ partition: 0, set: setOf(0, 50).subarray(0, 100) }]);
    await turn();
    assert.equal(rig.open().body.partitions[0]?.maxBytes, setOf(0, 50).byteLength);
  });

  it('counts bytes as asked for until the answer is here, whatever it says', async () => {
    const rig = new FetchRig();
    const [a, b] = [rig.add(0), rig.add(1)];
    await turn();
    assert.deepEqual([a.epoch.askedBytes, b.epoch.askedBytes], [fetch.maxPartitionBytes, 0]);
    a.epoch.roomBytes = 0;
    b.epoch.roomBytes = 0;
    rig.answer([{ partition: 0, set: setOf(0, 1) }]);
    await turn();
    assert.deepEqual([a.epoch.askedBytes, b.epoch.askedBytes], [0, 0]);
  });

  it('waits without a request while nothing has room, until some has or the wait of a fetch is over', async () => {
    const rig = new FetchRig();
    const held = rig.add(0);
    held.epoch.roomBytes = 0;
    await turn();
    rig.answer([]);
    await turn();
    rig.clock.advance(fetch.maxWaitMs - 1);
    await turn();
    assert.equal(rig.asked().length, 1);
    held.epoch.roomBytes = 10;
    rig.clock.advance(1);
    await turn();
    assert.equal(rig.asked().length, 2);

    held.epoch.roomBytes = 0;
    rig.answer([]);
    await turn();
    held.epoch.roomBytes = 10;
    rig.fetcher.wake();
    await turn();
    assert.equal(rig.asked().length, 3);
  });

  it('lets the broker wait only shortly while one of its partitions is held back', async () => {
    const rig = new FetchRig();
    const [held] = [rig.add(0), rig.add(1), rig.add(2)];
    await turn();
    rig.answer([]);
    await turn();
    assert.equal(rig.open(1).body.maxWaitMs, fetch.maxWaitMs);
    held.epoch.roomBytes = 0;
    rig.answer([]);
    await turn();
    assert.deepEqual(
      [rig.open(1).body.maxWaitMs, rig.open(2).body.maxWaitMs],
      [5, fetch.maxWaitMs],
    );
  });

  it('does not ask for partitions that were removed, are on their way out or are stopped', async () => {
    const rig = new FetchRig();
    const [removed, revoking] = [rig.add(0), rig.add(1)];
    const [stopped] = [rig.add(2)];
    await turn();
    rig.fetcher.remove(removed);
    revoking.state = 'revoking';
    stopped.state = 'stopped';
    rig.answer([], 1);
    rig.answer([], 2);
    await turn();
    rig.clock.advance(10_000);
    await turn();
    assert.deepEqual([rig.asked(1), rig.asked(2)], [[[0]], [[2]]]);
  });

  it('drops an answer to an epoch that is closed, with the records and the errors in it', async () => {
    for (const set of [setOf(0, 3), Buffer.alloc(0)]) {
      for (const error of [0, 1]) {
        const rig = new FetchRig();
        const held = rig.add(0);
        const { epoch } = held;
        await turn();
        epoch.close();
        rig.answer([{ partition: 0, error, set, highWatermark: 99n }]);
        await turn();
        assert.deepEqual([epoch.blocks, held.end, rig.outOfRange], [[], null, []]);
        assert.equal(epoch.askedBytes, 0);
      }
    }
  });

  it('gives an answer to nobody when the partition has begun anew since it was asked for', async () => {
    const rig = new FetchRig();
    const held = rig.add(0);
    const old = held.epoch;
    await turn();
    const later = new FakeEpoch(100n);
    held.epoch = later;
    rig.answer([{ partition: 0, set: setOf(0, 3) }]);
    await turn();
    assert.deepEqual([old.blocks, later.blocks], [[], []]);
    assert.deepEqual([old.askedBytes, later.askedBytes], [0, fetch.maxPartitionBytes]);
    assert.equal(rig.open().body.partitions[0]?.offset, 100n);
  });

  it('puts the partitions that were served last at the end of the next request', async () => {
    const rig = new FetchRig();
    rig.cluster.topics.set('orders', [1, 1, 1]);
    for (const partition of [0, 1, 2]) rig.add(partition);
    await turn();
    rig.answer([]);
    await turn();
    assert.deepEqual(rig.asked().at(-1), [0, 1, 2]);
    rig.answer([{ partition: 0, set: setOf(0, 1) }, { partition: 1 }]);
    await turn();
    assert.deepEqual(rig.asked().at(-1), [1, 2, 0]);
    rig.answer([{ partition: 1, set: setOf(0, 1) }]);
    await turn();
    assert.deepEqual(rig.asked().at(-1), [2, 0, 1]);
  });

  it('learns the ends of a log from each answer, also from one without records', async () => {
    const rig = new FetchRig();
    const held = rig.add(0);
    await turn();
    rig.clock.advance(40);
    rig.answer([{ partition: 0, highWatermark: 12n, lastStable: 10n }]);
    await turn();
    assert.deepEqual([held.end, held.readableEnd, held.endSeenMs], [12n, 10n, 40]);
    const loose = new FetchRig({ isolationLevel: 'readUncommitted' });
    const other = loose.add(0);
    await turn();
    loose.answer([{ partition: 0, set: setOf(0, 1), highWatermark: 12n, lastStable: 10n }]);
    await turn();
    assert.deepEqual([other.end, other.readableEnd], [12n, 12n]);
  });

  it('goes on with the others while records of a partition are being expanded', async () => {
    const rig = new FetchRig();
    const [packed] = [rig.add(0), rig.add(1)];
    await turn();
    const admitted = new Promise<void>((resolve) => {
      packed.epoch.onAdmit = resolve;
    });
    const set = batch({ records: [record(0), record(1)], attributes: 1, pack: gzipSync });
    rig.answer([{ partition: 0, set }]);
    for (let i = 0; rig.asked().length < 2; i++) await Promise.resolve(assert(i < 1000));
    assert.deepEqual(rig.asked().at(-1), [1]);
    await admitted;
    assert.deepEqual(offsetsOf(packed.epoch), [0n, 1n]);
    await turn();
    rig.answer([{ partition: 1 }]);
    await turn();
    assert.deepEqual(rig.asked().at(-1)?.sort(), [0, 1]);
  });

  it('asks on at once when records have been expanded', async () => {
    const rig = new FetchRig();
    rig.add(0);
    await turn();
    const set = batch({ records: [record(0), record(1)], attributes: 1, pack: gzipSync });
    rig.answer([{ partition: 0, set }]);
    for (let i = 0; rig.asked().length < 2; i++) await turn().then(() => assert(i < 1000));
    assert.equal(rig.open().body.partitions[0]?.offset, 2n);
  });

  it('leaves no timer behind when it is stopped', async () => {
    const rig = new FetchRig();
    rig.add(0).epoch.roomBytes = 0;
    await turn();
    rig.answer([]);
    await turn();
    rig.fetcher.stop();
    assert.equal(rig.clock.nextMs, Number.POSITIVE_INFINITY);
  });

  it('passes over partitions that an answer names twice or that were not asked for', async () => {
    const rig = new FetchRig();
    const held = rig.add(0);
    await turn();
    const set = setOf(0, 2);
    rig.answer([
      { partition: 0, set },
      { partition: 0, set },
      { partition: 7, set },
    ]);
    await turn();
    assert.deepEqual(offsetsOf(held.epoch), [0n, 1n]);
    assert.equal(held.epoch.askedBytes, fetch.maxPartitionBytes);
  });

  it('asks nobody any more once it is stopped, not even when an answer or an error comes late', async () => {
    const rig = new FetchRig();
    const held = rig.add(0);
    rig.add(2);
    await turn();
    rig.fetcher.stop();
    rig.answer([{ partition: 0, set: setOf(0, 1) }]);
    rig.open(2).fail(new Error('cut'));
    await turn();
    rig.fetcher.add(held);
    rig.fetcher.wake();
    rig.clock.advance(10_000);
    await turn();
    assert.deepEqual([rig.asked(1), rig.asked(2)], [[[0]], [[2]]]);
    assert.deepEqual(rig.cluster.log, []);
  });

  it('ends its wait for room when it is stopped', async () => {
    const rig = new FetchRig();
    const held = rig.add(0);
    await turn();
    held.epoch.roomBytes = 0;
    rig.answer([]);
    await turn();
    rig.fetcher.stop();
    held.epoch.roomBytes = 10;
    rig.clock.advance(10_000);
    await turn();
    assert.equal(rig.asked().length, 1);
  });
});

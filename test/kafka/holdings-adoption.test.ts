import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settleable, turn } from '../support/fake-broker.ts';
import { HoldingRig } from '../support/fake-holding.ts';
import { answers } from '../support/fake-wire.ts';
import { signalsOf } from '../support/kafka-signals.ts';

describe('Holdings, taking partitions on', () => {
  it('starts each where the group has committed, and fetches from there', async (t) => {
    const assigned = signalsOf(t, 'partition.assigned');
    const rig = new HoldingRig();
    rig.logs.committed.set('orders/0', 7n).set('orders/2', 0n);
    const [held] = await rig.adopt(0, 2);
    assert.deepEqual(rig.started, ['orders/0@7 committed 7', 'orders/2@0 committed 0']);
    assert.deepEqual(rig.fetching, ['orders/0@7', 'orders/2@0']);
    assert.deepEqual([held?.state, held?.committed, held?.end], ['running', 7n, 100n]);
    assert.deepEqual(assigned[0], {
      pipeline: 'orders',
      topic: 'orders',
      partition: 0,
      epoch: 1,
      committed: 7n,
      start: 7n,
      end: 100n,
    });
    assert.equal(assigned[1]?.epoch, 2);
  });

  it('starts where the policy says when nothing is committed, and has that committed', async () => {
    for (const [autoOffsetReset, start] of [
      ['earliest', 10n],
      ['latest', 20n],
    ] as const) {
      const rig = new HoldingRig({ autoOffsetReset });
      rig.logs.logs.set('orders/0', { start: 10n, end: 20n });
      await rig.adopt(0);
      assert.deepEqual(rig.started, [`orders/0@${start} committed null`]);
    }
  });

  it('does not read a partition without a committed offset when the policy is none', async (t) => {
    const stopped = signalsOf(t, 'partition.stopped');
    const rig = new HoldingRig({ autoOffsetReset: 'none' });
    const [held] = await rig.adopt(0);
    assert.equal(held?.state, 'stopped');
    assert.deepEqual([stopped.length, stopped[0]?.code], [1, 'MR350']);
    assert.deepEqual([rig.started, rig.fetching], [[], []]);
  });

  it('neither reads nor resets a partition whose committed offset is lost, by the default policy', async (t) => {
    const lost = signalsOf(t, 'partition.lost-offset');
    const stopped = signalsOf(t, 'partition.stopped');
    const rig = new HoldingRig();
    rig.logs.committed.set('orders/0', 5n);
    rig.logs.logs.set('orders/0', { start: 10n, end: 20n });
    const [held] = await rig.adopt(0);
    assert.deepEqual([held?.state, held?.committed], ['stopped', 5n]);
    assert.equal(stopped[0]?.code, 'MR351');
    assert.deepEqual(lost, [
      {
        pipeline: 'orders',
        topic: 'orders',
        partition: 0,
        cause: 'deleted',
        committed: 5n,
        logStart: 10n,
        logEnd: 20n,
        policy: 'stop',
        start: null,
      },
    ]);
    rig.clock.advance(60_000);
    await turn();
    assert.deepEqual([rig.started, rig.fetching, rig.commits], [[], [], []]);
  });

  it('hands on what the commit noted as settled, where the epoch starts at that offset and nowhere else', async () => {
    const note = (at: string) =>
      `millrace/1 {"by":"x","topic":"","epoch":-1,"at":"${at}","done":"AQI"}`;
    const settledFor = async (committed: bigint, text: string, source = {}) => {
      const rig = new HoldingRig(source);
      rig.logs.committed.set('orders/0', committed);
      rig.logs.notes.set('orders/0', text);
      rig.logs.logs.set('orders/0', { start: 5n, end: 100n });
      await rig.adopt(0);
      return rig.intake.assigned[0]?.settled;
    };
    assert.deepEqual(await settledFor(10n, note('10')), [[11n, 13n]]);
    assert.deepEqual(await settledFor(10n, note('9')), []);
    assert.deepEqual(await settledFor(10n, 'somebody else'), []);
    // The offset is lost: what was settled above it is of no use.
    assert.deepEqual(await settledFor(3n, note('3'), { onOffsetLost: 'earliest' }), []);
  });

  it('says so when it starts elsewhere than where the group was', async (t) => {
    const lost = signalsOf(t, 'partition.lost-offset');
    for (const [onOffsetLost, start] of [
      ['earliest', 10n],
      ['latest', 20n],
    ] as const) {
      const rig = new HoldingRig({ onOffsetLost });
      rig.logs.committed.set('orders/0', 25n);
      rig.logs.logs.set('orders/0', { start: 10n, end: 20n });
      await rig.adopt(0);
      assert.deepEqual(rig.started, [`orders/0@${start} committed null`]);
      assert.equal(lost.at(-1)?.policy, onOffsetLost);
    }
    assert.equal(lost.length, 2);
  });

  it('reports no lost offset for one that is in the log', async (t) => {
    const lost = signalsOf(t, 'partition.lost-offset');
    const rig = new HoldingRig();
    rig.logs.committed.set('orders/0', 0n).set('orders/1', 100n);
    await rig.adopt(0, 1, 2);
    assert.equal(rig.started.length, 3);
    assert.deepEqual(lost, []);
  });

  it('looks those that are free together up together', async () => {
    const rig = new HoldingRig();
    await rig.adopt(0, 1, 2, 3);
    assert.equal(rig.cluster.coordinator.of('OffsetFetch').length, 1);
    for (const id of [1, 2]) assert.equal(rig.cluster.broker(id).of('ListOffsets').length, 2);
  });

  it('waits until no old run of a partition goes on, and holds up no other meanwhile', async () => {
    const rig = new HoldingRig();
    const free = rig.intake.keepBusy('orders', 0);
    const [held] = await rig.adopt(0, 1);
    assert.deepEqual(rig.fetching, ['orders/1@0']);
    assert.equal(held?.state, 'adopting');
    // The old run has got something done, which is committed by now.
    rig.logs.committed.set('orders/0', 33n);
    free();
    await turn();
    assert.deepEqual(rig.started.at(-1), 'orders/0@33 committed 33');
  });

  it('asks again after 200 ms, and a new coordinator, when a lookup fails', async (t) => {
    const failures = signalsOf(t, 'adoption.failed');
    const rig = new HoldingRig();
    rig.logs.errors.set('OffsetFetch', 16);
    const [held] = await rig.adopt(0);
    assert.equal(held?.state, 'adopting');
    assert.equal(failures.length, 1);
    assert.equal(failures[0]?.error.name, 'KafkaJSProtocolError');
    assert.equal(rig.cluster.count('refresh'), 1);
    rig.logs.errors.clear();
    rig.clock.advance(199);
    await turn();
    assert.deepEqual(rig.started, []);
    rig.clock.advance(1);
    await turn();
    assert.deepEqual(rig.started, ['orders/0@0 committed null']);
    assert.equal(rig.cluster.count('coordinator'), 2);
  });

  it('starts those whose leader answers, and asks again only for the others', async (t) => {
    const failures = signalsOf(t, 'adoption.failed');
    const rig = new HoldingRig();
    rig.cluster.topics.set('orders', [1, -1]);
    await rig.adopt(0, 1);
    assert.deepEqual(rig.started, ['orders/0@0 committed null']);
    assert.match(failures[0]?.error.message ?? '', /orders\/1\.$/);
    rig.cluster.topics.set('orders', [1, 2]);
    rig.clock.advance(200);
    await turn();
    assert.deepEqual(rig.started.slice(1), ['orders/1@0 committed null']);
    const asked = rig.cluster.coordinator.of('OffsetFetch').map(({ body }) => body.partitions);
    assert.deepEqual(asked.at(-1), [{ topic: 'orders', partition: 1 }]);
  });

  it('goes on to ask when not even new metadata come', async () => {
    const rig = new HoldingRig();
    rig.logs.errors.set('ListOffsets', 6);
    rig.cluster.onRefresh = () => Promise.reject(new Error('no broker'));
    await rig.adopt(0);
    rig.clock.advance(200);
    await turn();
    rig.logs.errors.clear();
    rig.clock.advance(200);
    await turn();
    assert.equal(rig.started.length, 1);
  });

  it('never starts a partition that was given up or lost while it was looked up', async () => {
    for (const end of ['lose', 'revoke'] as const) {
      const rig = new HoldingRig();
      rig.logs.held.add('ListOffsets');
      const [held] = await rig.adopt(0);
      if (end === 'lose') rig.holdings.lose();
      else if (held) await rig.holdings.revoke([held], 1000, 'revoked');
      rig.logs.held.clear();
      const answer = answers.offsets([{ topic: 'orders', partition: 0, offset: 0n }]);
      for (const call of rig.cluster.broker(1).of('ListOffsets')) call.answer(answer);
      await turn();
      rig.clock.advance(10_000);
      await turn();
      assert.deepEqual([rig.started, rig.holdings.size], [[], 0]);
    }
  });

  it('starts a partition once that it lost and got again while it was looked up', async () => {
    const rig = new HoldingRig();
    const found = settleable<void>();
    rig.cluster.onFindCoordinator = () => found.promise;
    await rig.adopt(0);
    rig.holdings.lose();
    await rig.adopt(0);
    found.answer();
    await turn();
    assert.equal(rig.started.length, 1);
    assert.equal(rig.held(0).epoch, rig.intake.epoch('orders', 0));
  });
});

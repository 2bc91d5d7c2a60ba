import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { turn } from '../support/fake-broker.ts';
import { answerJoins } from '../support/fake-kafka.ts';
import { SourceRig } from '../support/fake-source.ts';
import { answers } from '../support/fake-wire.ts';
import { signalsOf } from '../support/kafka-signals.ts';

describe('KafkaSource.stop', () => {
  it('drains, commits, reads the offsets back, leaves and disconnects, in this order', async (t) => {
    const differs = signalsOf(t, 'commit.differs');
    const rig = new SourceRig();
    const [a, b] = await rig.start(0, 2);
    a?.handle(17n);
    if (b) b.drainsAtOnce = false;
    const asked = rig.cluster.coordinator.of('OffsetFetch').length;
    const stopped = rig.source.stop(9000);
    await turn();
    assert.deepEqual(
      [a, b].map((epoch) => epoch?.drains.map(({ untilMs, reason }) => [untilMs, reason])),
      [[[9000, 'shutdown']], [[9000, 'shutdown']]],
    );
    assert.deepEqual([rig.source.member.state, rig.session.calls.at(-1)], ['stopping', 'run']);
    b?.handle(15n);
    b?.drains[0]?.end({ open: 0, to: 15n });
    assert.deepEqual(await stopped, []);
    assert.deepEqual(
      [...rig.logs.committed],
      [
        ['orders/0', 17n],
        ['orders/2', 15n],
      ],
    );
    assert.equal(rig.cluster.coordinator.of('OffsetFetch').length, asked + 1);
    assert.deepEqual(differs, []);
    assert.deepEqual([rig.source.member.state, rig.session.calls.at(-1)], ['over', 'disconnect']);
    assert.equal(rig.cluster.log.at(-1), 'disconnect');
  });

  it('goes on to fetch, commit and look for ends no more, and leaves no timer behind', async () => {
    const rig = new SourceRig();
    await rig.start(0);
    await rig.source.stop(9000);
    const before = rig.cluster.broker(1).calls.length;
    const refreshes = rig.cluster.count('refresh');
    for (const call of rig.cluster.broker(1).calls) call.fail(new Error('cut'));
    await turn();
    rig.source.wake();
    for (let i = 0; i < 20; i++) {
      rig.clock.advance(1000);
      await turn();
    }
    assert.equal(rig.cluster.broker(1).calls.length, before);
    assert.equal(rig.cluster.count('refresh'), refreshes);
    assert.equal(rig.clock.nextMs, Number.POSITIVE_INFINITY);
  });

  it('does not read back where nothing was ever committed', async () => {
    const rig = new SourceRig({ autoOffsetReset: 'none' });
    await rig.start();
    answerJoins(rig.cluster, { memberId: 'm-1', generation: 2 });
    await rig.session.join({ orders: [0] });
    await turn();
    const asked = rig.cluster.coordinator.of('OffsetFetch').length;
    assert.deepEqual(await rig.source.stop(9000), []);
    assert.equal(rig.cluster.coordinator.of('OffsetFetch').length, asked);
  });

  it('names what was not handled in time, and does not call it committed', async (t) => {
    const signals = signalsOf(t, 'partition.abandoned');
    const rig = new SourceRig();
    const [epoch] = await rig.start(0);
    epoch?.handle(12n);
    if (epoch) epoch.drainsAtOnce = false;
    const stopped = rig.source.stop(9000);
    epoch?.drains[0]?.end({ open: 3, to: 20n });
    const place = { topic: 'orders', partition: 0, from: 12n, to: 20n, open: 3 };
    assert.deepEqual(await stopped, [place]);
    assert.deepEqual(signals, [{ pipeline: 'orders', ...place }]);
    assert.equal(rig.logs.committed.get('orders/0'), 12n);
  });

  it('names what was handled and could not be committed', async () => {
    const rig = new SourceRig();
    const [epoch] = await rig.start(0);
    epoch?.handle(12n);
    rig.logs.errors.set('OffsetCommit', 14);
    const stopped = rig.source.stop(0);
    for (let i = 0; i < 50; i++) {
      await turn();
      rig.clock.advance(50);
    }
    assert.deepEqual(await stopped, [
      { topic: 'orders', partition: 0, from: 10n, to: 10n, open: 0 },
    ]);
  });

  it('says so when the broker has something else than was committed', async (t) => {
    const differs = signalsOf(t, 'commit.differs');
    const rig = new SourceRig();
    await rig.start(0, 1);
    // Somebody else has written an offset for the group.
    rig.logs.committed.set('orders/0', 3n);
    rig.logs.committed.delete('orders/1');
    assert.deepEqual(await rig.source.stop(9000), []);
    assert.deepEqual(differs, [
      { pipeline: 'orders', topic: 'orders', partition: 0, committed: 10n, found: 3n },
      { pipeline: 'orders', topic: 'orders', partition: 1, committed: 10n, found: null },
    ]);
  });

  it('does not wonder that the next owner of a partition has gone on by then', async (t) => {
    const differs = signalsOf(t, 'commit.differs');
    const rig = new SourceRig();
    const [epoch] = await rig.start(0);
    epoch?.handle(17n);
    rig.logs.held.add('OffsetFetch');
    const stopped = rig.source.stop(9000);
    await turn();
    const place = { topic: 'orders', partition: 0, offset: 40n };
    rig.cluster.coordinator.open('OffsetFetch').answer(answers.committed([place]));
    await stopped;
    assert.deepEqual(differs, []);
  });

  it('claims no difference when the offsets can not be read back', async (t) => {
    const differs = signalsOf(t, 'commit.differs');
    const rig = new SourceRig();
    await rig.start(0);
    rig.logs.errors.set('OffsetFetch', 14);
    assert.deepEqual(await rig.source.stop(9000), []);
    assert.deepEqual(differs, []);
  });

  for (const step of ['reading the offsets back', 'leaving', 'disconnecting'] as const) {
    it(`ends 1.5 s after the drain also when ${step} does not end`, async () => {
      const rig = new SourceRig();
      await rig.start(0);
      if (step === 'reading the offsets back') rig.logs.held.add('OffsetFetch');
      if (step === 'leaving') rig.session.onDisconnect = () => new Promise(() => {});
      if (step === 'disconnecting') rig.cluster.onDisconnect = () => new Promise(() => {});
      let isOver = false;
      void rig.source.stop(9000).then(() => {
        isOver = true;
      });
      await turn();
      rig.clock.advance(1499);
      await turn();
      assert.equal(isOver, false);
      rig.clock.advance(1);
      await turn();
      assert.equal(isOver, true);
      assert.deepEqual(
        [rig.session.calls.at(-1), rig.cluster.log.at(-1)],
        ['disconnect', 'disconnect'],
      );
    });
  }

  it('waits for no connection when no broker has ever answered', async () => {
    const rig = new SourceRig();
    rig.cluster.onDisconnect = () => new Promise(() => {});
    assert.deepEqual(await rig.source.stop(9000), []);
    assert.equal(rig.cluster.count('disconnect'), 1);
  });

  it('refuses to produce from then on', async () => {
    const rig = new SourceRig();
    await rig.start(0);
    await rig.source.stop(9000);
    const record = { key: null, value: null, headers: [], timestampMs: null };
    await assert.rejects(rig.source.producer.send('orders', 0, record), { code: 'MR342' });
  });
});

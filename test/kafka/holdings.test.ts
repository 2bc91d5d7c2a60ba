import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MillraceError } from '../../src/contract/errors.ts';
import type { GivenUp } from '../../src/kafka/holdings.ts';
import { turn } from '../support/fake-broker.ts';
import type { FakeEpoch } from '../support/fake-epoch.ts';
import { HoldingRig } from '../support/fake-holding.ts';
import { signalsOf } from '../support/kafka-signals.ts';

/** A member that holds these partitions of `orders`, with 10 committed for each and all below 15 handled. */
async function holding(...partitions: number[]): Promise<{ rig: HoldingRig; epochs: FakeEpoch[] }> {
  const rig = new HoldingRig();
  for (const partition of partitions) rig.logs.committed.set(`orders/${partition}`, 10n);
  await rig.adopt(...partitions);
  const epochs = partitions.map((partition) => rig.intake.epoch('orders', partition));
  for (const epoch of epochs) epoch.handle(15n);
  return { rig, epochs };
}

const given = ({ held, open, to, isCommitted }: GivenUp): unknown[] => [
  held.name,
  open,
  to,
  isCommitted,
];

describe('Holdings', () => {
  it('names what it owns, by topic, also what is on its way out', async () => {
    const { rig, epochs } = await holding(0, 2);
    for (const epoch of epochs) epoch.drainsAtOnce = false;
    assert.equal(rig.holdings.size, 2);
    void rig.holdings.revoke([rig.held(0)], 1000, 'revoked');
    await turn();
    assert.deepEqual(rig.holdings.owned, [{ topic: 'orders', partitions: [0, 2] }]);
    epochs[0]?.drains[0]?.end({ open: 0, to: 15n });
    await turn();
    assert.deepEqual(rig.holdings.owned, [{ topic: 'orders', partitions: [2] }]);
    assert.equal(rig.holdings.get('orders', 0), undefined);
  });
});

describe('Holdings, giving partitions up', () => {
  it('drains, commits what was handled until then, and only then lets go', async (t) => {
    const revoked = signalsOf(t, 'partition.revoked');
    const { rig, epochs } = await holding(0);
    const [epoch] = epochs as [FakeEpoch];
    epoch.drainsAtOnce = false;
    const held = rig.held(0);
    const ended = rig.holdings.revoke([held], 5000, 'revoked');
    assert.equal(held.state, 'revoking');
    const [drain] = epoch.drains;
    assert.deepEqual([drain?.untilMs, drain?.graceMs, drain?.reason], [5000, 1000, 'revoked']);
    await turn();
    assert.deepEqual(rig.commits, []);
    epoch.handle(18n);
    rig.clock.advance(40);
    rig.logs.held.add('OffsetCommit');
    drain?.end({ open: 0, to: 18n });
    await turn();
    assert.deepEqual(rig.commits, ['orders/0@18']);
    assert.deepEqual([epoch.isOpen, rig.holdings.size], [true, 1]);
    rig.logs.held.clear();
    const [call] = rig.cluster.coordinator.of('OffsetCommit');
    call?.fail(new Error('cut'));
    await turn();
    rig.clock.advance(50);
    assert.deepEqual((await ended).map(given), [['orders/0', 0, 18n, true]]);
    assert.deepEqual([epoch.isOpen, rig.holdings.size], [false, 0]);
    assert.deepEqual(revoked, [
      { pipeline: 'orders', topic: 'orders', partition: 0, committed: 18n, elapsedMs: 90 },
    ]);
  });

  it('fetches a partition no more from the moment that it is to go', async () => {
    const { rig } = await holding(0, 1);
    const open = rig.cluster.broker(1).open('Fetch');
    void rig.holdings.revoke([rig.held(0)], 1000, 'revoked');
    open.fail(new Error('cut'));
    await turn();
    rig.clock.advance(1000);
    await turn();
    assert.deepEqual(rig.fetching, ['orders/1@10']);
  });

  it('lets each go as soon as it is drained, whatever the others do', async () => {
    const { rig, epochs } = await holding(0, 1);
    const [slow] = epochs as [FakeEpoch];
    slow.drainsAtOnce = false;
    const gone: string[] = [];
    const ended = rig.holdings.revoke([rig.held(0), rig.held(1)], 1000, 'revoked', ({ held }) =>
      gone.push(held.name),
    );
    await turn();
    assert.deepEqual(gone, ['orders/1']);
    assert.deepEqual(rig.logs.committed.get('orders/1'), 15n);
    slow.drains[0]?.end({ open: 2, to: 17n });
    const all = await ended;
    assert.deepEqual(gone, ['orders/1', 'orders/0']);
    assert.deepEqual(all.map(given), [
      ['orders/0', 2, 17n, true],
      ['orders/1', 0, 10n, true],
    ]);
  });

  it('tries to commit for 2 s at least, then lets go and says that it is not committed', async () => {
    const { rig, epochs } = await holding(0);
    rig.logs.errors.set('OffsetCommit', 14);
    let given: GivenUp[] | null = null;
    void rig.holdings.revoke([rig.held(0)], 100, 'shutdown').then((all) => {
      given = all;
    });
    for (let ms = 0; ms < 2000; ms += 50) {
      await turn();
      assert.equal(given, null, `after ${ms} ms`);
      rig.clock.advance(50);
    }
    await turn();
    assert.equal((given as GivenUp[] | null)?.[0]?.isCommitted, false);
    assert.deepEqual([epochs[0]?.isOpen, rig.holdings.size], [false, 0]);
    assert.equal(rig.logs.committed.get('orders/0'), 10n);
  });

  it('does not commit what was lost while it was drained', async () => {
    const { rig, epochs } = await holding(0);
    const [epoch] = epochs as [FakeEpoch];
    epoch.drainsAtOnce = false;
    const ended = rig.holdings.revoke([rig.held(0)], 1000, 'revoked');
    assert.equal(rig.holdings.lose(), 1);
    epoch.drains[0]?.end({ open: 0, to: 15n });
    assert.equal((await ended)[0]?.isCommitted, false);
    assert.deepEqual(rig.commits, []);
  });

  it('does not touch the next epoch of a partition that it gets back while the old one drains', async () => {
    const { rig, epochs } = await holding(0);
    const [epoch] = epochs as [FakeEpoch];
    epoch.drainsAtOnce = false;
    const ended = rig.holdings.revoke([rig.held(0)], 1000, 'revoked');
    rig.holdings.lose();
    await rig.adopt(0);
    epoch.drains[0]?.end({ open: 0, to: 15n });
    await ended;
    assert.equal(rig.holdings.size, 1);
    assert.equal(rig.intake.epoch('orders', 0).isOpen, true);
  });

  it('lets go at once of what was never started', async () => {
    const rig = new HoldingRig({ autoOffsetReset: 'none' });
    const [held] = await rig.adopt(0);
    const all = await rig.holdings.revoke(held ? [held] : [], 1000, 'revoked');
    assert.deepEqual(all.map(given), [['orders/0', 0, 0n, true]]);
    assert.deepEqual([rig.holdings.size, rig.commits], [0, []]);
  });

  it('drains and commits also what is not read any more', async () => {
    const { rig, epochs } = await holding(0);
    const held = rig.held(0);
    rig.holdings.stopReading(held, new MillraceError('MR352', 'corrupt'));
    await rig.holdings.revoke([held], 1000, 'shutdown');
    assert.equal(epochs[0]?.drains[0]?.reason, 'shutdown');
    assert.deepEqual(rig.commits, ['orders/0@15']);
  });
});

describe('Holdings.stopReading', () => {
  it('says why, fetches no more, and leaves open what was handed out', async (t) => {
    const stopped = signalsOf(t, 'partition.stopped');
    const { rig, epochs } = await holding(0);
    const held = rig.held(0);
    rig.holdings.stopReading(held, new MillraceError('MR352', 'corrupt'));
    rig.cluster.broker(1).open('Fetch').fail(new Error('cut'));
    await turn();
    rig.clock.advance(1000);
    await turn();
    assert.deepEqual(rig.fetching, []);
    assert.deepEqual([held.state, epochs[0]?.isOpen], ['stopped', true]);
    assert.deepEqual(stopped, [
      { pipeline: 'orders', topic: 'orders', partition: 0, code: 'MR352', message: 'corrupt' },
    ]);
  });

  it('does not hold up a partition that is on its way out', async (t) => {
    const stopped = signalsOf(t, 'partition.stopped');
    const { rig, epochs } = await holding(0);
    for (const epoch of epochs) epoch.drainsAtOnce = false;
    const held = rig.held(0);
    void rig.holdings.revoke([held], 1000, 'revoked');
    rig.holdings.stopReading(held, new MillraceError('MR352', 'corrupt'));
    assert.deepEqual([held.state, stopped], ['revoking', []]);
  });
});

describe('Holdings.lose', () => {
  it('ends every epoch without a commit, and fetches nothing more', async () => {
    const { rig, epochs } = await holding(0, 1, 2);
    assert.equal(rig.holdings.lose(), 3);
    assert.deepEqual(
      epochs.map(({ isOpen }) => isOpen),
      [false, false, false],
    );
    for (const id of [1, 2]) rig.cluster.broker(id).open('Fetch').fail(new Error('cut'));
    await turn();
    rig.clock.advance(10_000);
    await turn();
    assert.deepEqual([rig.fetching, rig.commits, rig.holdings.owned], [[], [], []]);
    assert.equal(rig.holdings.lose(), 0);
  });
});

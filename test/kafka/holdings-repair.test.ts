import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceConfig } from '../../src/contract/config.ts';
import type { Held } from '../../src/kafka/intake.ts';
import { turn } from '../support/fake-broker.ts';
import { HoldingRig } from '../support/fake-holding.ts';
import { answers } from '../support/fake-wire.ts';
import { signalsOf } from '../support/kafka-signals.ts';

const OFFSET_OUT_OF_RANGE = 1;

/** A member that fetches orders/0 from 10 on, in a log from 0 to 100. */
async function fetching(source: Partial<SourceConfig>): Promise<{ rig: HoldingRig; held: Held }> {
  const rig = new HoldingRig(source);
  rig.logs.committed.set('orders/0', 10n);
  const [held] = await rig.adopt(0);
  return { rig, held: held as Held };
}

/** The broker says that the position is not in its log. */
async function refuse(rig: HoldingRig): Promise<void> {
  const place = { topic: 'orders', partition: 0, error: OFFSET_OUT_OF_RANGE };
  rig.cluster
    .broker(1)
    .open('Fetch')
    .answer(answers.fetch([place]));
  await turn();
}

describe('Holdings, when a position is out of range', () => {
  it('goes on where it was, after a pause, when the leader still has it', async () => {
    const { rig, held } = await fetching({ onOffsetLost: 'earliest' });
    const { epoch } = held;
    await refuse(rig);
    assert.equal(rig.cluster.count('refresh'), 1);
    rig.clock.advance(199);
    await turn();
    assert.deepEqual(rig.fetching, []);
    rig.clock.advance(1);
    await turn();
    assert.deepEqual(rig.fetching, ['orders/0@10']);
    assert.equal(held.epoch, epoch);
    assert.equal(rig.started.length, 1);
  });

  for (const [onOffsetLost, start] of [
    ['earliest', 40n],
    ['latest', 90n],
  ] as const) {
    it(`ends the epoch and starts a new one at the ${onOffsetLost} offset, and commits that`, async (t) => {
      const lost = signalsOf(t, 'partition.lost-offset');
      const { rig, held } = await fetching({ onOffsetLost });
      rig.logs.logs.set('orders/0', { start: 40n, end: 90n });
      await refuse(rig);
      assert.deepEqual(rig.started.at(-1), `orders/0@${start} committed null`);
      assert.deepEqual(rig.fetching, [`orders/0@${start}`]);
      assert.equal(rig.intake.assigned[0]?.epoch.isOpen, false);
      assert.deepEqual([held.state, held.committed], ['running', start]);
      assert.deepEqual(rig.commits, [`orders/0@${start}`]);
      assert.deepEqual(
        lost.map(({ committed, logStart, policy }) => [committed, logStart, policy]),
        [[10n, 40n, onOffsetLost]],
      );
    });
  }

  it('waits until nothing of the old epoch runs any more', async () => {
    const { rig, held } = await fetching({ onOffsetLost: 'earliest' });
    rig.logs.logs.set('orders/0', { start: 40n, end: 90n });
    const free = rig.intake.keepBusy('orders', 0);
    await refuse(rig);
    assert.deepEqual([held.state, held.epoch, rig.started.length], ['adopting', null, 1]);
    free();
    await turn();
    assert.equal(rig.started.length, 2);
  });

  it('stops reading by the default policy, and commits nothing', async (t) => {
    const stopped = signalsOf(t, 'partition.stopped');
    const { rig, held } = await fetching({});
    rig.logs.logs.set('orders/0', { start: 40n, end: 90n });
    await refuse(rig);
    assert.deepEqual([held.state, held.committed], ['stopped', 10n]);
    assert.equal(stopped[0]?.code, 'MR351');
    assert.deepEqual([rig.fetching, rig.commits], [[], []]);
  });

  it('takes the policy for lost offsets also where autoOffsetReset says otherwise', async () => {
    const { rig } = await fetching({ autoOffsetReset: 'latest', onOffsetLost: 'earliest' });
    rig.logs.logs.set('orders/0', { start: 40n, end: 90n });
    await refuse(rig);
    assert.deepEqual(rig.fetching, ['orders/0@40']);
  });

  it('asks the leader again every 200 ms until it answers', async () => {
    const { rig } = await fetching({ onOffsetLost: 'earliest' });
    rig.logs.logs.set('orders/0', { start: 40n, end: 90n });
    rig.logs.errors.set('ListOffsets', 6);
    rig.cluster.onRefresh = () => Promise.reject(new Error('no broker'));
    await refuse(rig);
    rig.clock.advance(200);
    await turn();
    assert.deepEqual([rig.started.length, rig.cluster.count('refresh')], [1, 2]);
    rig.logs.errors.clear();
    rig.clock.advance(199);
    await turn();
    assert.equal(rig.started.length, 1);
    rig.clock.advance(1);
    await turn();
    assert.deepEqual(rig.fetching, ['orders/0@40']);
  });

  it('does not end the epoch of a partition that is drained by the time the leader answers', async () => {
    const { rig, held } = await fetching({ onOffsetLost: 'earliest' });
    const epoch = rig.intake.epoch('orders', 0);
    epoch.drainsAtOnce = false;
    rig.logs.held.add('ListOffsets');
    await refuse(rig);
    const ended = rig.holdings.revoke([held], 1000, 'revoked');
    const answer = answers.offsets([{ topic: 'orders', partition: 0, offset: 40n }]);
    for (const call of rig.cluster.broker(1).of('ListOffsets')) call.answer(answer);
    await turn();
    assert.equal(epoch.isOpen, true);
    epoch.handle(12n);
    epoch.drains[0]?.end({ open: 0, to: 12n });
    assert.equal((await ended)[0]?.isCommitted, true);
    assert.deepEqual(rig.commits, ['orders/0@12']);
  });

  for (const end of ['lose', 'revoke'] as const) {
    it(`starts nothing when the partition goes meanwhile (${end})`, async () => {
      for (const moment of ['asked', 'busy'] as const) {
        const { rig, held } = await fetching({ onOffsetLost: 'earliest' });
        rig.logs.logs.set('orders/0', { start: 40n, end: 90n });
        if (moment === 'asked') rig.logs.errors.set('ListOffsets', 6);
        const free = rig.intake.keepBusy('orders', 0);
        await refuse(rig);
        if (end === 'lose') rig.holdings.lose();
        else await rig.holdings.revoke([held], 1000, 'revoked');
        rig.logs.errors.clear();
        free();
        rig.clock.advance(1000);
        await turn();
        assert.deepEqual([rig.started.length, rig.fetching, rig.holdings.size], [1, [], 0]);
      }
    });
  }
});

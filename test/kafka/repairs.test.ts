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

describe('Repairs, when a position is out of range', () => {
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

const ID = 'a'.repeat(21).concat('A');
const OTHER = 'b'.repeat(21).concat('A');
const METADATA = 3;

/** The same at brokers that give the ids of topics. */
async function identified(
  source: Partial<SourceConfig>,
  note = '',
): Promise<{ rig: HoldingRig; held: Held }> {
  const rig = new HoldingRig(source);
  for (const broker of rig.cluster.brokers.values())
    broker.versions = { [METADATA]: { minVersion: 0, maxVersion: 12 } };
  rig.logs.ids.set('orders', ID);
  rig.logs.committed.set('orders/0', 10n);
  rig.logs.notes.set('orders/0', note);
  const [held] = await rig.adopt(0);
  return { rig, held: held as Held };
}

const UNKNOWN_TOPIC_ID = 100;
async function disown(rig: HoldingRig): Promise<void> {
  const place = { topic: 'orders', partition: 0, error: UNKNOWN_TOPIC_ID };
  rig.cluster
    .broker(1)
    .open('Fetch')
    .answer(answers.fetch([place]));
  await turn();
}

describe('Repairs, when a broker does not know the topic', () => {
  it('goes on where it was when it is the same topic: the broker was behind', async () => {
    const { rig, held } = await identified({});
    const { epoch } = held;
    await disown(rig);
    assert.deepEqual(rig.fetching, []);
    rig.clock.advance(200);
    await turn();
    assert.deepEqual([rig.fetching, held.epoch === epoch], [['orders/0@10'], true]);
  });

  for (const [onOffsetLost, start] of [
    ['earliest', 0n],
    ['latest', 70n],
  ] as const) {
    it(`starts a topic that was made anew at its ${onOffsetLost} offset, and commits that`, async (t) => {
      const lost = signalsOf(t, 'partition.lost-offset');
      const { rig, held } = await identified({ onOffsetLost });
      rig.logs.ids.set('orders', OTHER);
      // The position would be in the range of the new log.
      rig.logs.logs.set('orders/0', { start: 0n, end: 70n });
      await disown(rig);
      assert.equal(rig.intake.assigned[0]?.epoch.isOpen, false);
      assert.deepEqual(rig.started.at(-1), `orders/0@${start} committed null`);
      assert.deepEqual(rig.commits, [`orders/0@${start}`]);
      assert.deepEqual([held.topicId, held.committed], [OTHER, start]);
      assert.deepEqual(
        lost.map(({ cause, committed }) => [cause, committed]),
        [['recreated', 10n]],
      );
    });
  }

  it('stops reading one that was made anew by the default policy, and commits nothing', async (t) => {
    const stopped = signalsOf(t, 'partition.stopped');
    const { rig, held } = await identified({});
    rig.logs.ids.set('orders', OTHER);
    await disown(rig);
    assert.equal(held.state, 'stopped');
    assert.match(stopped[0]?.message ?? '', /deleted and created anew/);
    assert.deepEqual([rig.fetching, rig.commits, held.committed], [[], [], null]);
  });

  it('waits for a topic that is gone, says so once, and goes on when it is back', async (t) => {
    const missing = signalsOf(t, 'topic.missing');
    const { rig } = await identified({});
    rig.cluster.targetTopics.add('orders');
    rig.logs.ids.set('orders', null);
    await disown(rig);
    // A refresh that asks for it would fail, also for the other topics.
    assert.deepEqual([...rig.cluster.targetTopics], []);
    for (let i = 0; i < 3; i++) {
      rig.clock.advance(1000);
      await turn();
    }
    assert.deepEqual(missing, [{ pipeline: 'orders', topic: 'orders', waitMs: 10_000 }]);
    assert.equal(rig.cluster.count('refresh'), 0);
    rig.logs.ids.set('orders', ID);
    rig.clock.advance(1000);
    await turn();
    rig.clock.advance(200);
    await turn();
    assert.deepEqual([rig.fetching, rig.fatal], [['orders/0@10'], []]);
    assert.deepEqual([...rig.cluster.targetTopics], ['orders']);
  });

  it('is at its end when the topic stays away: nothing of it can be committed any more', async () => {
    const { rig, held } = await identified({});
    const epoch = rig.intake.epoch('orders', 0);
    rig.logs.ids.set('orders', null);
    await disown(rig);
    for (let i = 0; i < 10; i++) {
      assert.deepEqual(rig.fatal, []);
      rig.clock.advance(1000);
      await turn();
    }
    assert.deepEqual(
      rig.fatal.map(({ code, exit }) => [code, exit]),
      [['MR303', 78]],
    );
    assert.deepEqual([held.state, epoch.isOpen], ['stopped', false]);
  });

  it('waits for ever for a topic that a pattern chose', async () => {
    const { rig } = await identified({ pattern: /orders/ });
    rig.logs.ids.set('orders', null);
    await disown(rig);
    for (let i = 0; i < 30; i++) {
      rig.clock.advance(1000);
      await turn();
    }
    assert.deepEqual(rig.fatal, []);
  });

  it('tells by the committed offset, where brokers give no ids, whether it is the same topic', async () => {
    for (const kept of [10n, null]) {
      const { rig } = await fetching({ onOffsetLost: 'earliest' });
      if (kept === null) rig.logs.committed.delete('orders/0');
      await disown(rig);
      rig.clock.advance(200);
      await turn();
      assert.deepEqual(rig.fetching, [kept === null ? 'orders/0@0' : 'orders/0@10']);
    }
  });
});

describe('Repairs, when a log was cut', () => {
  /** What a fetch of version 13 says; the fetcher hands it on. */
  const diverge = async (rig: HoldingRig, held: Held, at: bigint): Promise<void> => {
    rig.fetcher.remove(held);
    await rig.holdings.outOfRange(held, at);
  };

  it('reads from where it was cut under earliest, and commits that', async (t) => {
    const lost = signalsOf(t, 'partition.lost-offset');
    const { rig, held } = await fetching({ onOffsetLost: 'earliest' });
    await diverge(rig, held, 7n);
    await turn();
    assert.deepEqual(rig.started.at(-1), 'orders/0@7 committed null');
    assert.deepEqual(rig.commits, ['orders/0@7']);
    assert.deepEqual(
      lost.map(({ cause, committed, start }) => [cause, committed, start]),
      [['truncated', 10n, 7n]],
    );
  });

  it('stops by the default policy, and names what was cut', async (t) => {
    const stopped = signalsOf(t, 'partition.stopped');
    const { rig, held } = await fetching({});
    await diverge(rig, held, 7n);
    assert.match(stopped[0]?.message ?? '', /log was cut: what was read from 7 to 10 /);
  });

  it('goes on when it was cut above the position: what is read next is of the new log', async () => {
    const { rig, held } = await fetching({});
    held.readEpoch = 3;
    await diverge(rig, held, 10n);
    rig.clock.advance(200);
    await turn();
    assert.equal(held.readEpoch, -1);
    assert.equal(rig.started.length, 1);
  });
});

describe('Repairs, when a broker without ids does not know the topic', () => {
  for (const [what, committed, found] of [
    ['a commit under way is newer than what was confirmed', 10n, 30n],
    ['the answer to the first commit was lost', null, 10n],
    ['nothing was ever committed', null, null],
  ] as const) {
    it(`goes on where it was when ${what}`, async () => {
      const { rig, held } = await fetching({ onOffsetLost: 'earliest' });
      const { epoch } = held;
      held.committed = committed;
      if (found === null) rig.logs.committed.delete('orders/0');
      else rig.logs.committed.set('orders/0', found);
      await disown(rig);
      rig.clock.advance(200);
      await turn();
      assert.deepEqual([rig.fetching, held.epoch === epoch], [['orders/0@10'], true]);
      assert.equal(rig.started.length, 1);
    });
  }
});

describe('Repairs, before a partition is read', () => {
  const note = (topic: string): string => `millrace/1 {"by":"other","topic":"${topic}","epoch":4}`;

  it('takes an offset that was committed for another topic of the name for lost', async (t) => {
    const lost = signalsOf(t, 'partition.lost-offset');
    const { rig } = await identified({ onOffsetLost: 'earliest' }, note(OTHER));
    assert.deepEqual(rig.fetching, ['orders/0@0']);
    assert.equal(lost[0]?.cause, 'recreated');
  });

  it('takes one of the same topic, or of a foreign commit, as it is', async () => {
    for (const text of [note(ID), 'somebody else', '']) {
      const { rig, held } = await identified({}, text);
      assert.deepEqual(rig.fetching, ['orders/0@10']);
      assert.equal(held.readEpoch, text === note(ID) ? 4 : -1);
    }
  });
});

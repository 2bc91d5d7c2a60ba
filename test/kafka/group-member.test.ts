import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { turn } from '../support/fake-broker.ts';
import { MemberRig } from '../support/fake-member.ts';
import { signalsOf } from '../support/kafka-signals.ts';

describe('GroupMember, joining', () => {
  it('is joined with its first assignment, which it adopts', async (t) => {
    const joined = signalsOf(t, 'member.joined');
    const rebalancing = signalsOf(t, 'member.rebalancing');
    const rig = new MemberRig();
    let isJoined = false;
    const started = rig.member.start().then(() => {
      isJoined = true;
    });
    await turn();
    assert.deepEqual(rig.consumer.calls, ['connect', 'subscribe orders', 'run']);
    assert.deepEqual([isJoined, rig.member.state, rig.member.identity], [false, 'joining', null]);
    const claim = await rig.join([0, 2]);
    await started;
    assert.deepEqual(claim, { owned: [], generation: -1 });
    assert.deepEqual(rig.holds, ['orders/0 running', 'orders/2 running']);
    assert.deepEqual(rig.member.identity, { memberId: 'm-1', generation: 1 });
    assert.deepEqual(
      [rig.member.state, rig.member.memberId, rig.member.generation, rig.member.rebalances],
      ['stable', 'm-1', 1, 1],
    );
    assert.deepEqual(rebalancing, [{ pipeline: 'orders', groupId: 'orders-svc' }]);
    assert.deepEqual(joined, [
      {
        pipeline: 'orders',
        groupId: 'orders-svc',
        memberId: 'm-1',
        generation: 1,
        added: ['orders/0', 'orders/2'],
        revoked: [],
        kept: 0,
      },
    ]);
  });

  it('is a member also without a partition', async () => {
    const rig = new MemberRig();
    await rig.start();
    assert.deepEqual([rig.member.state, rig.holds], ['stable', []]);
  });

  it('does not join when a topic does not exist', async () => {
    const rig = new MemberRig();
    rig.cluster.onAddTopics = () =>
      Promise.reject(Object.assign(new Error(), { type: 'UNKNOWN_TOPIC_OR_PARTITION' }));
    await assert.rejects(rig.member.start(), { code: 'MR303' });
    assert.deepEqual(rig.kafka.consumers, []);
  });
});

describe('GroupMember, in a new generation', () => {
  it('does not touch what stays, and adopts what is new', async (t) => {
    const joined = signalsOf(t, 'member.joined');
    const rig = new MemberRig();
    await rig.start(0, 1);
    const epochs = [rig.epoch(0), rig.epoch(1)];
    const claim = await rig.join([0, 1, 3]);
    assert.deepEqual(claim, { owned: ['orders/0', 'orders/1'], generation: 1 });
    assert.deepEqual([rig.epoch(0), rig.epoch(1)], epochs);
    assert.deepEqual(
      epochs.map(({ isOpen, drains }) => [isOpen, drains.length]),
      [
        [true, 0],
        [true, 0],
      ],
    );
    assert.deepEqual(rig.holds, ['orders/0 running', 'orders/1 running', 'orders/3 running']);
    assert.deepEqual([joined[1]?.added, joined[1]?.kept], [['orders/3'], 2]);
    assert.deepEqual(rig.member.identity, { memberId: 'm-1', generation: 2 });
  });

  it('drains and commits what is gone, claims it until then, and lets the group give it away after', async (t) => {
    const joined = signalsOf(t, 'member.joined');
    const rig = new MemberRig();
    await rig.start(0, 1);
    const gone = rig.epoch(1);
    gone.drainsAtOnce = false;
    rig.clock.advance(500);
    await rig.join([0]);
    assert.deepEqual(joined[1]?.revoked, ['orders/1']);
    assert.deepEqual(rig.holds, ['orders/0 running', 'orders/1 revoking']);
    const [drain] = gone.drains;
    assert.deepEqual([drain?.untilMs, drain?.reason], [500 + 10_000, 'revoked']);
    // Another member joins meanwhile: what is still drained is still claimed.
    assert.deepEqual(await rig.join([0]), { owned: ['orders/0', 'orders/1'], generation: 2 });
    assert.equal(gone.drains.length, 1);
    assert.equal(joined[2]?.revoked.length, 0);
    rig.clock.advance(1000);
    assert.equal(await rig.isToJoin(), false);

    gone.handle(7n);
    drain?.end({ open: 0, to: 7n });
    await turn();
    assert.equal(rig.logs.committed.get('orders/1'), 7n);
    assert.deepEqual(rig.holds, ['orders/0 running']);
    rig.clock.advance(19);
    assert.equal(await rig.isToJoin(), false);
    rig.clock.advance(1);
    assert.equal(await rig.isToJoin(), true);
    assert.deepEqual(await rig.join([0]), { owned: ['orders/0'], generation: 3 });
    assert.equal(await rig.isToJoin(), false);
  });

  it('joins once for all that are let go within 20 ms, and again for what takes longer', async () => {
    const rig = new MemberRig();
    await rig.start(0, 1, 2, 3);
    for (const partition of [1, 2, 3]) rig.epoch(partition).drainsAtOnce = false;
    await rig.join([0]);
    const end = async (partition: number): Promise<void> => {
      rig.epoch(partition).drains[0]?.end({ open: 0, to: 0n });
      await turn();
    };
    await end(1);
    rig.clock.advance(15);
    await end(2);
    rig.clock.advance(5);
    assert.equal(await rig.isToJoin(), true);
    await rig.join([0]);
    assert.equal(await rig.isToJoin(), false);
    await end(3);
    rig.clock.advance(20);
    assert.equal(await rig.isToJoin(), true);
  });

  it('adopts a partition that comes back after it was let go, in a new epoch', async () => {
    const rig = new MemberRig();
    await rig.start(0, 1);
    const old = rig.epoch(1);
    old.handle(4n);
    await rig.join([0]);
    await rig.join([0, 1]);
    assert.notEqual(rig.epoch(1), old);
    assert.deepEqual(rig.started.at(-1), 'orders/1@4 committed 4');
  });

  it('commits with the generation of now what it has held since an older one', async () => {
    const rig = new MemberRig();
    await rig.start(0, 1);
    rig.epoch(1).drainsAtOnce = false;
    await rig.join([0]);
    await rig.join([0]);
    rig.epoch(1).handle(5n);
    rig.epoch(1).drains[0]?.end({ open: 0, to: 5n });
    await turn();
    const [commit] = rig.cluster.coordinator.of('OffsetCommit');
    assert.deepEqual([commit?.body.memberId, commit?.body.generation], ['m-1', 3]);
  });
});

describe('GroupMember, at its end', () => {
  it('takes no new assignment once it retires, and stays who it is', async () => {
    const rig = new MemberRig();
    await rig.start(0, 1);
    rig.member.retire();
    await rig.join([2]);
    assert.deepEqual(rig.holds, ['orders/0 running', 'orders/1 running']);
    assert.equal(rig.member.state, 'stopping');
    // The broker refuses commits of an older generation: it is the one of now also for what is held from before.
    assert.deepEqual(rig.member.identity, { memberId: 'm-1', generation: 2 });
  });

  it('does not join again for what it gives up while it retires', async () => {
    const rig = new MemberRig();
    await rig.start(0, 1);
    rig.epoch(1).drainsAtOnce = false;
    await rig.join([0]);
    rig.member.retire();
    rig.epoch(1).drains[0]?.end({ open: 0, to: 0n });
    await turn();
    rig.clock.advance(1000);
    assert.equal(await rig.isToJoin(), false);
  });

  it('leaves the group, and says so', async (t) => {
    const left = signalsOf(t, 'member.left');
    const rig = new MemberRig();
    await rig.start(0);
    const { consumer } = rig;
    consumer.onDisconnect = async () => {
      await (await consumer.coordinator()).leaveGroup({ memberId: 'm-1' });
    };
    await rig.member.leave(1500);
    assert.equal(rig.cluster.coordinator.groupCallsOf('leaveGroup').length, 1);
    assert.equal(rig.member.state, 'over');
    assert.deepEqual(left, [{ pipeline: 'orders', groupId: 'orders-svc' }]);
    rig.clock.advance(60_000);
    assert.deepEqual(rig.holds, ['orders/0 running']);
  });

  it('waits no longer for that than it was told', async () => {
    const rig = new MemberRig();
    await rig.start(0);
    rig.consumer.onDisconnect = () => new Promise(() => {});
    let hasLeft = false;
    void rig.member.leave(1500).then(() => {
      hasLeft = true;
    });
    rig.clock.advance(1499);
    await turn();
    assert.equal(hasLeft, false);
    rig.clock.advance(1);
    await turn();
    assert.equal(hasLeft, true);
  });

  it('ends well also when leaving fails, or nothing was joined', async () => {
    const rig = new MemberRig();
    await rig.start(0);
    rig.consumer.onDisconnect = () => Promise.reject(new Error('no broker'));
    await rig.member.leave(1500);
    await new MemberRig().member.leave(1500);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorFromCode } from '../../src/kafka/seam/internals.ts';
import { settleable, turn } from '../support/fake-broker.ts';
import { clientError } from '../support/fake-cluster.ts';
import { MemberRig } from '../support/fake-member.ts';
import { signalsOf } from '../support/kafka-signals.ts';

const SESSION_MS = 30_000;
const LEASE_MS = SESSION_MS * 0.8;

describe('GroupMember, when it loses what it holds', () => {
  it('ends all epochs without a commit when the broker does not know it, and joins anew', async (t) => {
    const lost = signalsOf(t, 'member.lost');
    const rig = new MemberRig();
    await rig.start(0, 1);
    const epoch = rig.epoch(0);
    epoch.handle(9n);
    rig.member.fenced('unknown member');
    assert.deepEqual([epoch.isOpen, rig.holds, rig.member.identity], [false, [], null]);
    assert.deepEqual(lost, [
      { pipeline: 'orders', groupId: 'orders-svc', reason: 'unknown member', partitions: 2 },
    ]);
    assert.equal(await rig.isToJoin(), true);
    assert.deepEqual(await rig.join([0], 'm-2'), { owned: [], generation: -1 });
    assert.deepEqual(rig.holds, ['orders/0 running']);
    assert.deepEqual(rig.member.identity, { memberId: 'm-2', generation: 2 });
    assert.deepEqual(rig.commits, []);
  });

  it('ends them when the coordinator was not heard for 80 % of the session timeout', async (t) => {
    const lost = signalsOf(t, 'member.lost');
    const rig = new MemberRig();
    await rig.start(0);
    rig.clock.advance(LEASE_MS - 1);
    assert.deepEqual(rig.holds, ['orders/0 running']);
    rig.clock.advance(1);
    assert.deepEqual([rig.holds, rig.member.identity], [[], null]);
    assert.deepEqual(
      lost.map(({ reason, partitions }) => [reason, partitions]),
      [['lease over', 1]],
    );
  });

  it('keeps them by heartbeats, and by answers to its commits', async () => {
    const rig = new MemberRig();
    await rig.start(0);
    const aliveBefore = rig.alive;
    rig.clock.advance(LEASE_MS - 1);
    await rig.beat();
    assert.equal(rig.alive, aliveBefore + 1);
    rig.clock.advance(LEASE_MS - 1);
    rig.member.heard();
    rig.clock.advance(LEASE_MS - 1);
    assert.deepEqual(rig.holds, ['orders/0 running']);
    rig.clock.advance(1);
    assert.deepEqual(rig.holds, []);
  });

  it('commits nothing once the lease is over, even before it has noticed', async () => {
    const rig = new MemberRig();
    await rig.start(0);
    // The process was halted: time has passed, no timer has run.
    rig.clock.now = () => LEASE_MS;
    assert.equal(rig.member.identity, null);
  });

  it('does not become a member by the answer to a late commit of the one that it was', async (t) => {
    const lost = signalsOf(t, 'member.lost');
    for (const hears of [false, true]) {
      const rig = new MemberRig();
      await rig.start(0);
      rig.member.fenced('unknown member');
      if (hears) rig.member.heard();
      rig.clock.advance(LEASE_MS);
      assert.equal(rig.member.identity, null);
    }
    assert.equal(lost.length, 2, 'what is lost is lost once');
  });

  it('ends them when the group gives it another id, and takes them up anew', async (t) => {
    const lost = signalsOf(t, 'member.lost');
    const rig = new MemberRig();
    await rig.start(0);
    const old = rig.epoch(0);
    rig.cluster.coordinator.onGroupCall = () => errorFromCode(25);
    await assert.rejects(rig.consumer.join({}));
    assert.deepEqual([old.isOpen, rig.holds], [false, []]);
    assert.equal(lost[0]?.partitions, 1);
    rig.consumer.memberId = '';
    await rig.join([0], 'm-2');
    assert.notEqual(rig.epoch(0), old);
    assert.deepEqual(rig.holds, ['orders/0 running']);
  });

  it('ends, without another try to drain it, what it was about to give up', async () => {
    const rig = new MemberRig();
    await rig.start(0, 1);
    const gone = rig.epoch(1);
    gone.drainsAtOnce = false;
    await rig.join([0]);
    rig.member.fenced('unknown member');
    gone.handle(5n);
    gone.drains[0]?.end({ open: 0, to: 5n });
    await turn();
    assert.deepEqual([rig.holds, rig.commits], [[], []]);
  });
});

describe('GroupMember, when its session crashes', () => {
  it('keeps what it holds and its id, and opens another session after a pause', async (t) => {
    const crashed = signalsOf(t, 'member.crashed');
    const rig = new MemberRig();
    await rig.start(0);
    const epoch = rig.epoch(0);
    rig.consumer.crash(new Error('no broker'));
    assert.deepEqual([crashed[0]?.delayMs, crashed[0]?.error.message], [100, 'no broker']);
    rig.clock.advance(99);
    assert.equal(rig.kafka.consumers.length, 1);
    rig.clock.advance(1);
    await turn();
    assert.equal(rig.kafka.consumers.length, 2);
    assert.deepEqual(await rig.join([0]), { owned: ['orders/0'], generation: 1 });
    const [, join] = rig.cluster.coordinator.groupCallsOf('joinGroup');
    assert.equal(join?.request['memberId'], 'm-1');
    assert.equal(epoch.isOpen, true);
  });

  it('waits longer from crash to crash, 10 s at most, until a join succeeds', async (t) => {
    const crashed = signalsOf(t, 'member.crashed');
    const rig = new MemberRig();
    await rig.start(0);
    for (let i = 0; i < 9; i++) {
      rig.consumer.crash(new Error('no broker'));
      rig.clock.advance(crashed.at(-1)?.delayMs ?? 0);
      await turn();
    }
    await rig.join([0]);
    rig.consumer.crash(new Error('no broker'));
    assert.deepEqual(
      crashed.map(({ delayMs }) => delayMs),
      [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 100],
    );
  });

  it('takes a session that can not start for a crash, and closes its connections', async (t) => {
    const crashed = signalsOf(t, 'member.crashed');
    const rig = new MemberRig();
    await rig.start(0);
    rig.consumer.crash(new Error('no broker'));
    const failing = settleable<void>();
    rig.kafka.onConsumer = (consumer) => {
      consumer.onSubscribe = () => failing.promise;
    };
    rig.clock.advance(100);
    await turn();
    failing.fail(new Error('no metadata'));
    await turn();
    assert.deepEqual(
      crashed.map(({ error }) => error.message),
      ['no broker', 'no metadata'],
    );
    assert.deepEqual(rig.consumer.calls, ['connect', 'subscribe orders', 'disconnect']);
  });

  it('gives up when the broker refuses it', async () => {
    for (const [cause, code] of [
      [clientError('KafkaJSSASLAuthenticationError'), 'MR305'],
      [errorFromCode(30), 'MR306'],
      [errorFromCode(29), 'MR307'],
    ] as const) {
      const rig = new MemberRig();
      const started = rig.member.start();
      await turn();
      rig.consumer.crash(cause);
      await assert.rejects(started, { code });
      assert.deepEqual(
        rig.fatal.map((error) => error.code),
        [code],
      );
      rig.clock.advance(60_000);
      await turn();
      assert.equal(rig.kafka.consumers.length, 1);
    }
  });

  it('opens no other session after it has left', async () => {
    for (const crashesFirst of [true, false]) {
      const rig = new MemberRig();
      await rig.start(0);
      const { consumer } = rig;
      if (crashesFirst) consumer.crash(new Error('no broker'));
      await rig.member.leave(1500);
      if (!crashesFirst) consumer.crash(new Error('no broker'));
      rig.clock.advance(60_000);
      await turn();
      assert.equal(rig.kafka.consumers.length, 1);
    }
  });
});

describe('GroupMember of a pattern', () => {
  const pattern = { topics: [], pattern: /^orders/, discoveryIntervalMs: 5000 };

  it('takes up a new topic that matches, with a new session of the same member', async () => {
    const rig = new MemberRig(pattern);
    await rig.start(0);
    const old = rig.consumer;
    old.onDisconnect = async () => {
      await (await old.coordinator()).leaveGroup({ memberId: 'm-1' });
    };
    const epoch = rig.epoch(0);
    rig.cluster.topics.set('orders-eu', [1]).set('bills', [1]);
    rig.clock.advance(4999);
    await turn();
    assert.equal(rig.kafka.consumers.length, 1);
    rig.clock.advance(1);
    await turn();
    assert.equal(old.calls.at(-1), 'disconnect');
    assert.deepEqual(rig.cluster.coordinator.groupCallsOf('leaveGroup'), []);
    assert.deepEqual(rig.consumer.calls[1], 'subscribe orders,orders-eu');
    assert.deepEqual(await rig.join([0]), { owned: ['orders/0'], generation: 1 });
    assert.equal(epoch.isOpen, true);
    rig.cluster.topics.delete('orders-eu');
    rig.clock.advance(5000);
    await turn();
    assert.deepEqual(rig.consumer.calls[1], 'subscribe orders');
  });

  it('keeps its session while the topics are the same, or can not be listed', async () => {
    const rig = new MemberRig(pattern);
    await rig.start(0);
    rig.clock.advance(5000);
    await turn();
    rig.cluster.onMetadata = () => Promise.reject(new Error('no broker'));
    rig.clock.advance(5000);
    await turn();
    assert.equal(rig.cluster.count('metadata '), 3);
    assert.equal(rig.kafka.consumers.length, 1);
  });

  it('opens one session, not two, when topics change in the pause after a crash', async () => {
    const rig = new MemberRig({ ...pattern, discoveryIntervalMs: 50 });
    await rig.start(0);
    rig.cluster.topics.set('orders-eu', [1]);
    rig.consumer.crash(new Error('no broker'));
    rig.clock.advance(50);
    await turn();
    assert.equal(rig.kafka.consumers.length, 2);
    rig.clock.advance(50);
    await turn();
    assert.equal(rig.kafka.consumers.length, 2);
  });

  it('looks no more once it retires', async () => {
    const rig = new MemberRig(pattern);
    await rig.start(0);
    rig.member.retire();
    rig.clock.advance(60_000);
    await turn();
    assert.equal(rig.cluster.count('metadata '), 1);
  });

  it('opens no session when it has left while the old one ended', async () => {
    const rig = new MemberRig(pattern);
    await rig.start(0);
    const ended = settleable<void>();
    rig.consumer.onDisconnect = () => ended.promise;
    rig.cluster.topics.set('orders-eu', [1]);
    rig.clock.advance(5000);
    await turn();
    rig.member.retire();
    const left = rig.member.leave(1500);
    ended.answer();
    await left;
    await turn();
    assert.equal(rig.kafka.consumers.length, 1);
  });
});

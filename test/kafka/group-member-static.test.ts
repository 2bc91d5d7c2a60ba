import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorFromCode } from '../../src/kafka/seam/internals.ts';
import { turn } from '../support/fake-broker.ts';
import { MemberRig } from '../support/fake-member.ts';
import { signalsOf } from '../support/kafka-signals.ts';

const FENCED = errorFromCode(82);
const staticRig = (): MemberRig => new MemberRig({ instanceId: 'pod-0' });

describe('GroupMember, static', () => {
  it('stays in the group when it stops, and says so', async (t) => {
    const [left, stayed] = [signalsOf(t, 'member.left'), signalsOf(t, 'member.stayed')];
    const rig = staticRig();
    await rig.start(0);
    const { consumer } = rig;
    consumer.onDisconnect = async () => {
      await (await consumer.coordinator()).leaveGroup({ memberId: 'm-1' });
    };
    await rig.member.leave(1500);
    assert.deepEqual(rig.cluster.coordinator.groupCallsOf('leaveGroup'), []);
    assert.deepEqual([left, stayed], [[], [{ pipeline: 'orders', groupId: 'orders-svc' }]]);
  });

  it('leaves when others wait for what it gave up while it stopped', async (t) => {
    const left = signalsOf(t, 'member.left');
    const rig = staticRig();
    await rig.start(0, 1);
    rig.member.retire();
    await rig.join([0]);
    await rig.member.leave(1500);
    assert.equal(left.length, 1);
  });

  it('commits with its instance id', async () => {
    const rig = staticRig();
    await rig.start(0);
    rig.epoch(0).handle(3n);
    await rig.join([]);
    await turn();
    const [commit] = rig.cluster.coordinator.of('OffsetCommit');
    assert.equal(commit?.body.instanceId, 'pod-0');
  });

  it('loses what it holds, without a commit, when the group went on without it', async (t) => {
    const lost = signalsOf(t, 'member.lost');
    const rig = staticRig();
    await rig.start(0);
    const old = rig.epoch(0);
    old.handle(3n);
    rig.skipGeneration();
    await rig.join([0]);
    assert.deepEqual([old.isOpen, rig.commits], [false, []]);
    assert.notEqual(rig.epoch(0), old);
    assert.deepEqual(
      lost.map(({ reason }) => reason),
      ['the group went on without this member'],
    );
  });

  it('keeps the id that it was given last, also when the session crashed before its assignment', async () => {
    const rig = staticRig();
    await rig.start(0);
    rig.cluster.coordinator.onGroupCall = () => errorFromCode(25);
    await assert.rejects(rig.consumer.join({}));
    rig.consumer.memberId = '';
    rig.cluster.coordinator.onGroupCall = ({ name }) =>
      name === 'joinGroup'
        ? { memberId: 'm-2', generationId: 2, leaderId: 'm-2' }
        : errorFromCode(14);
    await assert.rejects(rig.consumer.join({}));
    rig.consumer.crash(new Error('no broker'));
    rig.clock.advance(100);
    await turn();
    await rig.join([0], 'm-2');
    const joins = rig.cluster.coordinator.groupCallsOf('joinGroup');
    assert.equal(joins.at(-1)?.request['memberId'], 'm-2');
  });
});

describe('GroupMember, replaced by another process with its instance id', () => {
  it('ends without a commit, for good, with an error that names the id', async (t) => {
    const [left, stayed] = [signalsOf(t, 'member.left'), signalsOf(t, 'member.stayed')];
    const rig = staticRig();
    await rig.start(0);
    const epoch = rig.epoch(0);
    epoch.handle(9n);
    rig.cluster.coordinator.onGroupCall = () => FENCED;
    const coordinator = await rig.consumer.coordinator();
    await assert.rejects(coordinator.heartbeat({ memberId: 'm-1' }));
    const [error] = rig.fatal;
    assert.deepEqual([error?.code, error?.exit], ['MR309', 1]);
    assert.match(error?.message ?? '', /instanceId "pod-0"/);
    assert.deepEqual(error?.facts, {
      pipeline: 'orders',
      groupId: 'orders-svc',
      instanceId: 'pod-0',
      memberId: 'm-1',
    });
    assert.deepEqual([epoch.isOpen, rig.holds, rig.member.identity], [false, [], null]);
    rig.consumer.crash(FENCED);
    rig.member.retire();
    rig.clock.advance(60_000);
    await turn();
    assert.equal(rig.kafka.consumers.length, 1);
    await rig.member.leave(1500);
    assert.deepEqual([rig.commits, left, stayed, rig.fatal.length], [[], [], [], 1]);
  });

  it('finds out by a refused commit too', async () => {
    const rig = staticRig();
    await rig.start(0);
    rig.cluster.coordinator.onGroupCall = () => FENCED;
    rig.member.fenced(FENCED.message);
    assert.equal(await rig.isToJoin(), true);
    await assert.rejects(rig.consumer.join({}));
    assert.deepEqual(
      rig.fatal.map(({ code }) => code),
      ['MR309'],
    );
  });

  it('fails to start when that happens before its first assignment', async () => {
    const rig = staticRig();
    const started = rig.member.start();
    await turn();
    rig.cluster.coordinator.onGroupCall = ({ name }) =>
      name === 'joinGroup' ? { memberId: 'm-1', generationId: 2, leaderId: 'm-1' } : FENCED;
    await assert.rejects(rig.consumer.join({}));
    await assert.rejects(started, { code: 'MR309' });
  });
});

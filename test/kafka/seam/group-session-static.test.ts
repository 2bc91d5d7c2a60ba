import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeAssignment } from '../../../src/kafka/assigner/assignment.ts';
import { errorFromCode } from '../../../src/kafka/seam/internals.ts';
import { turn } from '../../support/fake-broker.ts';
import { answerJoins } from '../../support/fake-kafka.ts';
import { SessionRig } from '../../support/fake-session.ts';

const FENCED = errorFromCode(82);
const staticRig = (memberId = '', generation = -1): SessionRig =>
  new SessionRig(memberId, { instanceId: 'pod-0', generation });

/** Names of the group's requests so far. */
const sentBy = (rig: SessionRig): string[] =>
  rig.cluster.broker(1).groupCalls.map(({ name }) => name);

/** Stops the session as kafkajs does: it leaves if it is let. */
async function stop(rig: SessionRig): Promise<void> {
  const { consumer } = rig;
  consumer.onDisconnect = async () => {
    await (await consumer.coordinator()).leaveGroup({ memberId: 'm-1' });
  };
  await rig.session.stop(true);
}

describe('GroupSession of a static member', () => {
  it('sends its instance id with each request of the group protocol', async () => {
    const rig = staticRig();
    await rig.consumer.join({ orders: [0] });
    await (await rig.consumer.coordinator()).heartbeat({ memberId: 'm-1' });
    assert.deepEqual(
      rig.cluster
        .broker(1)
        .groupCalls.map(({ name, request }) => [name, request['groupInstanceId']]),
      [
        ['joinGroup', 'pod-0'],
        ['syncGroup', 'pod-0'],
        ['heartbeat', 'pod-0'],
      ],
    );
  });

  it('sends it to a new coordinator too', async () => {
    const rig = staticRig();
    const coordinator = await rig.consumer.coordinator();
    rig.cluster.broker(1).onGroupCall = () => errorFromCode(16);
    rig.consumer.cluster.coordinatorId = 2;
    await coordinator.heartbeat({});
    const [beat] = rig.cluster.broker(2).groupCallsOf('heartbeat');
    assert.equal(beat?.request['groupInstanceId'], 'pod-0');
  });

  it('stays in the group when it stops', async () => {
    const rig = staticRig();
    await rig.consumer.join({ orders: [0] });
    assert.equal(rig.session.stays, true);
    await stop(rig);
    assert.deepEqual(sentBy(rig), ['joinGroup', 'syncGroup']);
  });

  it('leaves when the group waits for a partition that it was to give up', async () => {
    const rig = staticRig();
    rig.owned = [{ topic: 'orders', partitions: [0, 1] }];
    await rig.consumer.join({ orders: [0] });
    assert.equal(rig.session.stays, false);
    await stop(rig);
    assert.deepEqual(sentBy(rig), ['joinGroup', 'syncGroup', 'leaveGroup']);
  });

  it('stays once it has told the group that the partition is free', async () => {
    const rig = staticRig();
    rig.owned = [{ topic: 'orders', partitions: [0, 1] }];
    await rig.consumer.join({ orders: [0] });
    rig.owned = [{ topic: 'orders', partitions: [0] }];
    await rig.consumer.join({ orders: [0] });
    assert.equal(rig.session.stays, true);
  });

  it('leaves when it stops in the middle of a join', async () => {
    const rig = staticRig();
    rig.cluster.broker(1).onGroupCall = () => undefined;
    void rig.consumer.join({ orders: [0] });
    await turn();
    assert.equal(rig.session.stays, false);
  });
});

describe('GroupSession of a static member that another process replaces', () => {
  for (const name of ['joinGroup', 'syncGroup', 'heartbeat'] as const) {
    it(`says so once when ${name} is fenced, and neither joins again nor leaves`, async () => {
      const rig = staticRig('m-1', 4);
      rig.cluster.broker(1).onGroupCall = (call) =>
        call.name === name ? FENCED : { memberId: 'm-1', generationId: 4, leaderId: 'm-2' };
      const coordinator = await rig.consumer.coordinator();
      await assert.rejects(
        name === 'heartbeat' ? coordinator.heartbeat({ memberId: 'm-1' }) : rig.consumer.join({}),
        { type: 'FENCED_INSTANCE_ID' },
      );
      assert.equal(rig.take().filter((event) => event === 'replaced').length, 1);
      const before = sentBy(rig).length;
      await assert.rejects(rig.consumer.join({}), { type: 'FENCED_INSTANCE_ID' });
      await stop(rig);
      assert.equal(sentBy(rig).length, before);
      assert.deepEqual(rig.events, []);
    });
  }

  it('is not fenced by an answer to the id that it had before', async () => {
    const rig = staticRig();
    await rig.consumer.join({ orders: [0] });
    rig.cluster.broker(1).onGroupCall = () => FENCED;
    const coordinator = await rig.consumer.coordinator();
    await assert.rejects(coordinator.heartbeat({ memberId: 'm-0' }));
    assert(!rig.events.includes('replaced'));
  });
});

describe('GroupSession of a static member that the group went on without', () => {
  it('says that everything is lost before the assignment comes', async () => {
    const rig = staticRig('m-1', 2);
    await rig.consumer.join({ orders: [0] });
    assert.deepEqual(rig.events, [
      'joining',
      'alive',
      'missed',
      'alive',
      'joined m-1 4 {"orders":[0]}',
    ]);
  });

  it('has missed nothing by the next generation, by its first one, or as a new member', async () => {
    for (const [memberId, generation] of [
      ['m-1', 3],
      ['m-1', 4],
      ['', -1],
    ] as const) {
      const rig = staticRig(memberId, generation);
      await rig.consumer.join({ orders: [0] });
      assert(!rig.events.includes('missed'));
    }
    const forgotten = staticRig('m-1', 2);
    forgotten.cluster.broker(1).onGroupCall = () => errorFromCode(25);
    await assert.rejects(forgotten.consumer.join({}));
    answerJoins(forgotten.cluster, { memberId: 'm-2', generation: 4 });
    await forgotten.consumer.join({ orders: [0] });
    assert.deepEqual(
      forgotten.events.filter((event) => /missed|renamed/.test(event)),
      ['renamed'],
    );
  });

  it('can not happen to an ordinary member, which would be out of the group', async () => {
    const rig = new SessionRig('m-1', { generation: 2 });
    await rig.consumer.join({ orders: [0] });
    assert(!rig.events.includes('missed'));
  });
});

describe('GroupSession of a static member that has come back', () => {
  const assigned = encodeAssignment(new Map([['orders', [0]]]));
  const describing = (rig: SessionRig): number =>
    rig.cluster.broker(1).groupCallsOf('describeGroups').length;

  /** A session that has joined with no id; the group has two partitions of `orders` and one is assigned. */
  async function returned(memberId = '', instanceId: string | null = 'pod-0'): Promise<SessionRig> {
    const rig = new SessionRig(memberId, { instanceId });
    await rig.consumer.join({ orders: [0] });
    const { onGroupCall } = rig.cluster.broker(1);
    rig.cluster.broker(1).onGroupCall = (call) =>
      call.name === 'describeGroups'
        ? { groups: [{ state: 'Stable', members: [{ memberAssignment: assigned }] }] }
        : onGroupCall(call);
    return rig;
  }

  it('joins again after the discovery interval when a partition is of nobody', async () => {
    const rig = await returned();
    rig.clock.advance(4999);
    await turn();
    assert.equal(describing(rig), 0);
    rig.clock.advance(1);
    await turn();
    await assert.rejects(rig.consumer.round(), { type: 'REBALANCE_IN_PROGRESS' });
  });

  it('does not look after another join, after its end, or when it was not away', async () => {
    const again = await returned();
    await again.consumer.join({ orders: [0] });
    const stopped = await returned();
    await stopped.session.stop(true);
    const crashed = await returned();
    crashed.consumer.crash(new Error('no broker'));
    const rigs = [again, stopped, crashed, await returned('m-1'), await returned('', null)];
    for (const rig of rigs) {
      rig.clock.advance(60_000);
      await turn();
      assert.equal(describing(rig), 0);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorFromCode } from '../../../src/kafka/seam/internals.ts';
import { turn } from '../../support/fake-broker.ts';
import { clientError } from '../../support/fake-cluster.ts';
import { answerJoins } from '../../support/fake-kafka.ts';
import { SessionRig } from '../../support/fake-session.ts';

const JOINED = ['joining', 'alive', 'alive', 'joined m-1 4 {"orders":[0]}'];

describe('GroupSession, joining', () => {
  it('reports the join before it is sent, each answer, and then the assignment', async () => {
    const rig = new SessionRig();
    await rig.consumer.join({ orders: [0] });
    assert.deepEqual(rig.events, JOINED);
    assert.deepEqual(rig.joins, ['']);
  });

  it('takes up the id of an earlier session, until kafkajs has one itself', async () => {
    const rig = new SessionRig('m-1');
    await rig.consumer.join({ orders: [0] });
    await rig.consumer.join({ orders: [0] });
    assert.deepEqual(rig.joins, ['m-1', 'm-1']);
    assert.deepEqual(rig.events, [...JOINED, ...JOINED]);
    rig.consumer.memberId = 'm-7';
    await rig.consumer.join({ orders: [0] });
    assert.equal(rig.joins.at(-1), 'm-7');
  });

  it('says that everything is lost when the group gives it another id', async () => {
    const rig = new SessionRig('m-0');
    await rig.consumer.join({ orders: [0] });
    assert.deepEqual(rig.events, ['joining', 'alive', 'renamed', ...JOINED.slice(2)]);
  });

  it('forgets its id when the group does, once, and joins as a new member', async () => {
    const rig = new SessionRig('m-0');
    const broker = rig.cluster.broker(1);
    broker.onGroupCall = () => errorFromCode(25);
    await assert.rejects(rig.consumer.join({}), { type: 'UNKNOWN_MEMBER_ID' });
    await assert.rejects(rig.consumer.join({}), { type: 'UNKNOWN_MEMBER_ID' });
    assert.deepEqual(rig.take(), ['joining', 'renamed', 'joining']);
    answerJoins(rig.cluster, { memberId: 'm-1', generation: 4 });
    await rig.consumer.join({ orders: [0] });
    assert.deepEqual(rig.events, JOINED);
    assert.deepEqual(rig.joins, ['m-0', '', '']);
  });

  it('keeps its id when a join fails in any other way', async () => {
    const rig = new SessionRig('m-0');
    rig.cluster.broker(1).onGroupCall = () => errorFromCode(14);
    await assert.rejects(rig.consumer.join({}), { type: 'GROUP_LOAD_IN_PROGRESS' });
    await assert.rejects(rig.consumer.join({}), { type: 'GROUP_LOAD_IN_PROGRESS' });
    assert.deepEqual(rig.joins, ['m-0', 'm-0']);
    assert.deepEqual(rig.events, ['joining', 'joining']);
  });

  it('sends one join when kafkajs starts several at once', async () => {
    const rig = new SessionRig();
    const broker = rig.cluster.broker(1);
    broker.onGroupCall = () => undefined;
    const coordinator = await rig.consumer.coordinator();
    const joins = [1, 2, 3].map(() => coordinator.joinGroup({ memberId: '' }));
    await turn();
    const [sent, ...others] = broker.groupCallsOf('joinGroup');
    assert.deepEqual(others, []);
    sent?.answer({ memberId: 'm-1', generationId: 4, leaderId: 'm-1' });
    const answers = await Promise.all(joins);
    assert.deepEqual(
      answers.map(({ memberId }) => memberId),
      ['m-1', 'm-1', 'm-1'],
    );
    void coordinator.joinGroup({ memberId: 'm-1' });
    await turn();
    assert.equal(broker.groupCallsOf('joinGroup').length, 2);
  });

  it('answers for the offsets itself: kafkajs asks only to fill fetches that never leave', async () => {
    const rig = new SessionRig();
    const coordinator = await rig.consumer.coordinator();
    const topics = [{ topic: 'orders', partitions: [{ partition: 0 }, { partition: 1 }] }];
    const answer = await coordinator.offsetFetch({ groupId: 'orders-svc', topics });
    const zero = (partition: number): object => ({
      partition,
      offset: '0',
      metadata: null,
      errorCode: 0,
    });
    assert.deepEqual(answer, {
      errorCode: 0,
      responses: [{ topic: 'orders', partitions: [zero(0), zero(1)] }],
    });
    assert.deepEqual(rig.cluster.broker(1).groupCalls, []);
  });
});

describe('GroupSession, when kafkajs goes on after a join that has failed half-way', () => {
  const again = { type: 'REBALANCE_IN_PROGRESS' };

  for (const lost of ['joinGroup', 'syncGroup'] as const) {
    it(`sends it back to join when the answer to ${lost} was lost`, async () => {
      const rig = new SessionRig();
      rig.cluster.broker(1).onGroupCall = ({ name }) =>
        name === lost
          ? clientError('KafkaJSRequestTimeoutError')
          : { memberId: 'm-1', generationId: 4, leaderId: 'another' };
      await assert.rejects(rig.consumer.join({}), { name: 'KafkaJSRequestTimeoutError' });
      rig.clock.advance(3000);
      await assert.rejects(rig.consumer.round(), again);
      answerJoins(rig.cluster, { memberId: 'm-1', generation: 5 });
      await rig.consumer.join({ orders: [0] });
      const round = rig.consumer.round();
      await turn();
      rig.clock.advance(3000);
      assert.deepEqual(await round, { responses: [] });
    });
  }

  it('waits while kafkajs may still be about to go on with the join', async () => {
    const rig = new SessionRig();
    const broker = rig.cluster.broker(1);
    broker.onGroupCall = () => undefined;
    const coordinator = await rig.consumer.coordinator();
    const rounds = async (): Promise<void> => {
      await rig.consumer.cluster.refreshMetadataIfNecessary();
      rig.clock.advance(10_000);
      await rig.consumer.cluster.refreshMetadataIfNecessary();
    };
    await rounds();
    void coordinator.joinGroup({ memberId: '' });
    await turn();
    await rounds();
    broker.groupCallsOf('joinGroup')[0]?.answer({ memberId: 'm-1', generationId: 4 });
    await turn();
    await rig.consumer.cluster.refreshMetadataIfNecessary();
    void coordinator.syncGroup({ memberId: 'm-1', generationId: 4 });
    await turn();
    await rounds();
    broker.groupCallsOf('syncGroup')[0]?.answer({});
    await turn();
    await rounds();
  });
});

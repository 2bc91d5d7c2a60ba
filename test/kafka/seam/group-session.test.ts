import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorFromCode } from '../../../src/kafka/seam/internals.ts';
import { turn } from '../../support/fake-broker.ts';
import { clientError } from '../../support/fake-cluster.ts';
import { SessionRig } from '../../support/fake-session.ts';

describe('GroupSession, at its start', () => {
  it('connects, subscribes and runs, with the timeouts that it was given', async () => {
    const rig = new SessionRig();
    await rig.session.start();
    assert.deepEqual(rig.consumer.calls, ['connect', 'subscribe orders,bills', 'run']);
    const { sessionTimeout, rebalanceTimeout, heartbeatInterval, metadataMaxAge, maxWaitTimeInMs } =
      rig.consumer.config;
    assert.deepEqual(
      [sessionTimeout, rebalanceTimeout, heartbeatInterval, metadataMaxAge, maxWaitTimeInMs],
      [30_000, 60_000, 3000, 5000, 1000],
    );
    assert.equal(rig.consumer.config.allowAutoTopicCreation, false);
    assert.equal(await rig.consumer.config.retry?.restartOnFailure?.(new Error()), false);
  });

  it('lets kafkajs commit nothing, resolve nothing and handle nothing', async () => {
    const rig = new SessionRig();
    await rig.session.start();
    const [run = {}] = rig.consumer.runs;
    assert.deepEqual([run['autoCommit'], run['eachBatchAutoResolve']], [false, false]);
    await assert.rejects((run['eachBatch'] as () => Promise<void>)());
  });

  it('rejects when it can not connect or subscribe', async () => {
    for (const step of ['onConnect', 'onSubscribe'] as const) {
      const rig = new SessionRig();
      rig.consumer[step] = () => Promise.reject(new Error(step));
      await assert.rejects(rig.session.start(), { message: step });
    }
  });

  it('refuses to go on when kafkajs hands over something else than its cluster', () => {
    const rig = new SessionRig();
    const [assigner] = rig.consumer.config.partitionAssigners ?? [];
    assert.throws(() => assigner?.({ cluster: {} } as unknown as Parameters<typeof assigner>[0]), {
      code: 'MR900',
    });
  });
});

describe('GroupSession, as a member', () => {
  it('is alive by each heartbeat that is answered, also by the one that asks to join again', async () => {
    const rig = new SessionRig();
    const coordinator = await rig.consumer.coordinator();
    await coordinator.heartbeat({});
    assert.deepEqual(rig.take(), ['alive']);
    rig.cluster.broker(1).onGroupCall = () => errorFromCode(27);
    await assert.rejects(coordinator.heartbeat({}), { type: 'REBALANCE_IN_PROGRESS' });
    assert.deepEqual(rig.take(), ['alive']);
  });

  it('is not alive by a heartbeat that is refused', async () => {
    for (const code of [22, 25, 82]) {
      const rig = new SessionRig();
      const coordinator = await rig.consumer.coordinator();
      rig.cluster.broker(1).onGroupCall = () => errorFromCode(code);
      await assert.rejects(coordinator.heartbeat({}), { code });
      assert.deepEqual(rig.events, []);
      assert.equal(rig.consumer.cluster.count('coordinator'), 1);
    }
  });

  for (const [gone, error] of [
    ['says that it is none', errorFromCode(16)],
    ['says that there is none', errorFromCode(15)],
    ['refuses connections', clientError('KafkaJSConnectionError')],
    ['has closed the connection', clientError('KafkaJSConnectionClosedError')],
    ['does not answer', clientError('KafkaJSRequestTimeoutError')],
  ] as const) {
    it(`beats at the new coordinator, and stays there, when the old one ${gone}`, async () => {
      const rig = new SessionRig();
      const coordinator = await rig.consumer.coordinator();
      rig.cluster.broker(1).onGroupCall = () => error;
      rig.consumer.cluster.coordinatorId = 2;
      await coordinator.heartbeat({});
      await coordinator.heartbeat({});
      await coordinator.joinGroup({ memberId: 'm-1' });
      assert.deepEqual(
        [1, 2].map((id) => rig.cluster.broker(id).groupCalls.map(({ name }) => name)),
        [['heartbeat'], ['heartbeat', 'heartbeat', 'joinGroup']],
      );
      assert.deepEqual(rig.events, ['alive', 'alive', 'joining', 'alive']);
    });
  }

  it('is not alive while no coordinator is found', async () => {
    const rig = new SessionRig();
    const coordinator = await rig.consumer.coordinator();
    rig.cluster.broker(1).onGroupCall = () => errorFromCode(16);
    rig.consumer.cluster.onFindCoordinator = () => Promise.reject(new Error('none'));
    await assert.rejects(coordinator.heartbeat({}), { message: 'none' });
    assert.deepEqual(rig.events, []);
  });

  it('lets no fetch of kafkajs leave, and ends its round empty', async () => {
    const rig = new SessionRig();
    const round = rig.consumer.round(2);
    await turn();
    rig.clock.advance(1000);
    assert.deepEqual(await round, { responses: [] });
    assert.deepEqual(rig.cluster.broker(2).groupCalls, []);
  });

  it('leaves all else of a broker as it is', async () => {
    const rig = new SessionRig();
    const broker = await rig.consumer.cluster.findBroker({ nodeId: 2 });
    assert.equal(broker.nodeId, 2);
    assert.equal(broker.connectionPool, rig.cluster.broker(2).connectionPool);
    await broker.heartbeat({ from: 'a test' });
    assert.deepEqual(
      rig.cluster.broker(2).groupCalls.map(({ request }) => request),
      [{ from: 'a test' }],
    );
  });

  it('joins again on demand, by an error of the group protocol in each round until it does', async () => {
    const rig = new SessionRig();
    const again = { type: 'REBALANCE_IN_PROGRESS' };
    const rounds = [rig.consumer.round(1), rig.consumer.round(2)];
    await turn();
    rig.session.rejoin();
    for (const round of rounds) await assert.rejects(round, again);
    await assert.rejects(rig.consumer.round(1), again);
    await rig.consumer.join({ orders: [0] });
    const round = rig.consumer.round(1);
    await turn();
    rig.clock.advance(1000);
    assert.deepEqual(await round, { responses: [] });
  });

  it('joins again on demand also where kafkajs has nothing to fetch', async () => {
    const rig = new SessionRig();
    rig.session.rejoin();
    const idle = rig.consumer.cluster.refreshMetadataIfNecessary();
    await assert.rejects(idle, { type: 'REBALANCE_IN_PROGRESS' });
  });
});

describe('GroupSession, at its end', () => {
  it('tells the group that it leaves, or stays in it, as it is told', async () => {
    for (const [leave, told] of [
      [true, ['leaveGroup']],
      [false, []],
    ] as const) {
      const rig = new SessionRig();
      const { consumer } = rig;
      consumer.onDisconnect = async () => {
        await (await consumer.coordinator()).leaveGroup({ memberId: 'm-1' });
      };
      await rig.session.stop(leave);
      assert.deepEqual(consumer.calls, ['disconnect']);
      assert.deepEqual(
        rig.cluster.broker(1).groupCalls.map(({ name }) => name),
        told,
      );
    }
  });

  it('stays in the group when kafkajs disconnects by itself after a crash', async () => {
    const rig = new SessionRig();
    await (await rig.consumer.coordinator()).leaveGroup({ memberId: 'm-1' });
    assert.deepEqual(rig.cluster.broker(1).groupCalls, []);
  });

  it('ends the round that runs, so that kafkajs can stop at once', async () => {
    const rig = new SessionRig();
    const round = rig.consumer.round();
    await turn();
    await rig.session.stop(true);
    assert.deepEqual(await round, { responses: [] });
  });

  it('reports a crash once, and neither a crash nor an assignment after its end', async () => {
    const rig = new SessionRig();
    rig.consumer.crash(new Error('one'));
    rig.consumer.crash(new Error('two'));
    assert.deepEqual(rig.take(), ['crashed one']);

    const stopped = new SessionRig();
    await stopped.session.stop(false);
    stopped.consumer.crash(new Error('late'));
    await stopped.consumer.join({ orders: [0] });
    assert(!stopped.events.some((event) => /crashed|joined/.test(event)));
  });
});

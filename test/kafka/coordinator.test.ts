import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Coordinator } from '../../src/kafka/coordinator.ts';
import { settleable, turn } from '../support/fake-broker.ts';
import { clientError, FakeCluster } from '../support/fake-cluster.ts';

describe('Coordinator', () => {
  it('is looked up once, also for questions at the same time', async () => {
    const cluster = new FakeCluster();
    const coordinator = new Coordinator(cluster, 'group');
    const found = await Promise.all([coordinator.find(), coordinator.find()]);
    assert.deepEqual(found, [cluster.broker(1), cluster.broker(1)]);
    assert.equal(await coordinator.find(), cluster.broker(1));
    assert.equal(cluster.count('coordinator'), 1);
  });

  it('asks for its own group', async () => {
    const cluster = new FakeCluster();
    const asked: string[] = [];
    cluster.findGroupCoordinator = ({ groupId }) => {
      asked.push(groupId);
      return Promise.resolve(cluster.broker(2));
    };
    assert.equal(await new Coordinator(cluster, 'orders-svc').find(), cluster.broker(2));
    assert.deepEqual(asked, ['orders-svc']);
  });

  it('is looked up again when it was forgotten, and may be another broker then', async () => {
    const cluster = new FakeCluster();
    const coordinator = new Coordinator(cluster, 'group');
    await coordinator.find();
    cluster.coordinatorId = 2;
    assert.equal(await coordinator.find(), cluster.broker(1));
    coordinator.forget();
    assert.equal(await coordinator.find(), cluster.broker(2));
  });

  it('is asked for again after a lookup that failed', async () => {
    const cluster = new FakeCluster();
    const coordinator = new Coordinator(cluster, 'group');
    cluster.onFindCoordinator = () => Promise.reject(clientError('KafkaJSConnectionError'));
    await assert.rejects(coordinator.find(), { name: 'KafkaJSConnectionError' });
    cluster.onFindCoordinator = () => Promise.resolve();
    assert.equal(await coordinator.find(), cluster.broker(1));
  });

  it('keeps a newer answer when an older lookup fails late', async () => {
    const cluster = new FakeCluster();
    const coordinator = new Coordinator(cluster, 'group');
    const old = settleable<void>();
    cluster.onFindCoordinator = () => old.promise;
    const first = coordinator.find();
    coordinator.forget();
    cluster.onFindCoordinator = () => Promise.resolve();
    await coordinator.find();
    old.fail(clientError('KafkaJSConnectionError'));
    await assert.rejects(first);
    await turn();
    await coordinator.find();
    assert.equal(cluster.count('coordinator'), 2);
  });
});

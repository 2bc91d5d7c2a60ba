import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offsetForLeaderEpoch } from '../../../src/broker/apis/offset-for-leader-epoch.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { batchOf } from '../../support/broker-batches.ts';
import { BrokerScene } from '../../support/broker-scene.ts';

async function scenery() {
  const scene = await BrokerScene.open({ brokers: 2 });
  const { broker } = scene;
  broker.createTopic('orders', { partitions: 1, replicationFactor: 2 });
  // Epochs begin at 0 and 3, and at the end by which this broker leads.
  const part = broker.cluster.topics.partition('orders', 0);
  const other = part?.leaderId === 1 ? 2 : 1;
  broker.produce('orders', 0, batchOf(3));
  broker.moveLeader('orders', 0, other);
  broker.produce('orders', 0, batchOf(3));
  const client = await scene.connect(other);
  const ask = async (leaderEpoch: number, rest: object = {}, version = 4) => {
    const partitions = [{ partition: 0, leaderEpoch, ...rest }];
    const topics = [{ topic: 'orders', partitions }];
    const answer = await client.send(offsetForLeaderEpoch, version, { topics });
    const [told] = answer.topics[0]?.partitions ?? [];
    return [errorName(told?.errorCode ?? 0), told?.leaderEpoch, told?.endOffset];
  };
  return { scene, ask };
}

test('an epoch ends where the next begins, the current one with the log', async () => {
  const { scene, ask } = await scenery();
  await using _ = scene;
  for (const version of [2, 3, 4]) {
    assert.deepEqual(await ask(0, {}, version), ['NONE', 0, 3n]);
    assert.deepEqual(await ask(1, {}, version), ['NONE', 1, 6n]);
  }
});

test('an epoch that never was has no end', async () => {
  const { scene, ask } = await scenery();
  await using _ = scene;
  assert.deepEqual(await ask(2), ['NONE', -1, -1n]);
  assert.deepEqual(await ask(-1), ['NONE', -1, -1n]);
});

test('a client that is behind or ahead of the leader is told', async () => {
  const { scene, ask } = await scenery();
  await using _ = scene;
  const current = async (currentLeaderEpoch: number) => (await ask(0, { currentLeaderEpoch }))[0];
  assert.equal(await current(0), 'FENCED_LEADER_EPOCH');
  assert.equal(await current(1), 'NONE');
  assert.equal(await current(2), 'UNKNOWN_LEADER_EPOCH');
  assert.equal((await ask(0, { partition: 4 }))[0], 'UNKNOWN_TOPIC_OR_PARTITION');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heartbeat } from '../../src/broker/apis/heartbeat.ts';
import { metadata } from '../../src/broker/apis/metadata.ts';
import { produce } from '../../src/broker/apis/produce.ts';
import { errorName } from '../../src/broker/errors.ts';
import { Faults } from '../../src/testing/index.ts';
import { batchOf } from '../support/broker-batches.ts';
import type { BrokerClient } from '../support/broker-client.ts';
import { BrokerScene } from '../support/broker-scene.ts';

const beat = async (client: BrokerClient): Promise<string> => {
  const body = { groupId: 'g', generationId: 1, memberId: 'me' };
  return errorName((await client.send(heartbeat, 4, body)).errorCode);
};
/** What the broker says without a fault. */
const SOUND = 'UNKNOWN_MEMBER_ID';

const produced = (client: BrokerClient) =>
  client.send(produce, 9, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records: [batchOf(1)] }] }],
  });

async function faulty() {
  const scene = await BrokerScene.open({ topics: { orders: 1 } });
  return { scene, faults: new Faults(scene.broker), client: await scene.connect() };
}

test('the next request fails, or as many as are wanted, and then none', async () => {
  const { scene, faults, client } = await faulty();
  await using _ = scene;
  const once = faults.failNext('Heartbeat', 'NOT_COORDINATOR');
  const twice = faults.failNext('Heartbeat', 'ILLEGAL_GENERATION', { times: 2 });
  const answers: string[] = [];
  for (let i = 0; i < 4; i++) answers.push(await beat(client));
  assert.deepEqual(answers, ['NOT_COORDINATOR', 'ILLEGAL_GENERATION', 'ILLEGAL_GENERATION', SOUND]);
  assert.deepEqual([once.met, twice.met], [1, 2]);
  assert.equal((await once.first).api, 'Heartbeat');
});

test('a fault is for a client, a connection or a broker', async () => {
  await using scene = await BrokerScene.open({ brokers: 2 });
  const faults = new Faults(scene.broker);
  const [mine, yours] = [await scene.connect(1, 'mine'), await scene.connect(2, 'yours')];
  await beat(mine);
  const scopes = [
    { clientId: 'mine' },
    { node: 1 },
    { connection: scene.broker.requests[0]?.connection ?? -1 },
  ];
  for (const scope of scopes) {
    const fault = faults.failNext('Heartbeat', 'GROUP_ID_NOT_FOUND', scope);
    assert.notEqual(await beat(yours), 'GROUP_ID_NOT_FOUND');
    assert.equal(await beat(mine), 'GROUP_ID_NOT_FOUND');
    assert.equal(fault.met, 1);
  }
});

test('a request that is held goes on when it is released, and those behind it too', async () => {
  const { scene, faults, client } = await faulty();
  await using _ = scene;
  const hold = faults.hold('Produce');
  const answer = produced(client);
  const { clientId } = await hold.first;
  assert.equal(clientId, 'test');
  const behind = client.send(metadata, 12, { topics: [] });
  assert.deepEqual(scene.broker.offsets('orders', 0), { start: 0n, end: 0n });
  assert.equal(await beat(await scene.connect()), SOUND, 'other connections go on');
  hold.release();
  assert.equal((await answer).responses[0]?.partitionResponses[0]?.baseOffset, 0n);
  assert.equal((await behind).brokers.length, 1);
  await produced(client);
  assert.equal(hold.met, 1);
});

test('a connection is cut before the effect of a request, or after it', async () => {
  const { scene, faults } = await faulty();
  await using _ = scene;
  for (const [moment, end] of [
    ['before', 0n],
    ['after', 1n],
  ] as const) {
    const client = await scene.connect();
    const fault = faults.cut('Produce', moment);
    await assert.rejects(produced(client), { name: 'ConnectionClosed' });
    assert.equal(scene.broker.offsets('orders', 0).end, end);
    assert.equal(fault.met, 1);
  }
});

test('a request is delayed on the clock of the broker, until the fault ends', async () => {
  const { scene, faults, client } = await faulty();
  await using _ = scene;
  const fault = faults.delay('Produce', 5000);
  const answer = produced(client);
  await fault.first;
  scene.broker.clock.advance(4999);
  assert.equal(scene.broker.offsets('orders', 0).end, 0n);
  scene.broker.clock.advance(1);
  await answer;
  fault.end();
  await produced(client);
  assert.deepEqual([fault.met, scene.broker.offsets('orders', 0).end], [1, 2n]);
});

test('when all are cleared nothing is met', async () => {
  const { scene, faults, client } = await faulty();
  await using _ = scene;
  const fault = faults.failNext('Heartbeat', 'NOT_COORDINATOR');
  faults.clear();
  assert.equal(await beat(client), SOUND);
  assert.equal(fault.met, 0);
});

test('what cannot be is told at once', async () => {
  const { scene, faults } = await faulty();
  await using _ = scene;
  const wrong: readonly [() => unknown, RegExp][] = [
    [() => faults.hold('OffsetComit'), /speaks no API 'OffsetComit'; it speaks Produce, Fetch,/],
    [() => faults.failNext('Fetch', 'BROKEN' as never), /'BROKEN' is no error of the protocol/],
    [() => faults.failNext('Fetch', 'NONE'), /'NONE' is no error of the protocol/],
    [() => faults.cut('Fetch', 'later' as never), /'before' or 'after' the effect, not 'later'/],
    [() => faults.delay('Fetch', -1), /can't be delayed by -1 ms; use 0 or more/],
    [() => faults.hold('Fetch', { times: 0 }), /can't be there 0 times/],
  ];
  for (const [ask, message] of wrong) assert.throws(ask, { name: 'RangeError', message });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initProducerId } from '../../../src/broker/apis/init-producer-id.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { BrokerScene } from '../../support/broker-scene.ts';

test('a producer gets an id in every version, a named one a new epoch each time', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  for (let version = 0; version <= 5; version++) {
    const ask = (transactionalId: string | null) =>
      client.send(initProducerId, version, { transactionalId, transactionTimeoutMs: 1000 });
    assert.equal((await ask(null)).producerEpoch, 0);
    assert.deepEqual(
      [(await ask(`tx-${version}`)).producerEpoch, (await ask(`tx-${version}`)).producerEpoch],
      [0, 1],
    );
  }
});

test('a claim that is over is told so in the words of the version', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const body = { transactionalId: 'tx', transactionTimeoutMs: 1000 };
  const { producerId } = await client.send(initProducerId, 4, body);
  const claim = async (version: number, producerEpoch: number) =>
    errorName(
      (await client.send(initProducerId, version, { ...body, producerId, producerEpoch }))
        .errorCode,
    );
  assert.equal(await claim(4, 9), 'PRODUCER_FENCED');
  assert.equal(await claim(3, 9), 'INVALID_PRODUCER_EPOCH');
  assert.equal(await claim(4, 0), 'NONE');
});

test('a claim is of an id and an epoch', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const body = { transactionalId: 'tx', transactionTimeoutMs: 1000 };
  for (const half of [{ producerId: 0n }, { producerEpoch: 0 }]) {
    const { errorCode } = await client.send(initProducerId, 4, { ...body, ...half });
    assert.equal(errorName(errorCode), 'INVALID_REQUEST');
  }
});

test('a time that is too long, and none, are refused', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  for (const transactionTimeoutMs of [0, 900_001]) {
    const body = { transactionalId: 'tx', transactionTimeoutMs };
    const { errorCode } = await client.send(initProducerId, 4, body);
    assert.equal(errorName(errorCode), 'INVALID_TRANSACTION_TIMEOUT');
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPartitionsToTxn } from '../../../src/broker/apis/add-partitions-to-txn.ts';
import { describeTransactions } from '../../../src/broker/apis/describe-transactions.ts';
import { endTxn } from '../../../src/broker/apis/end-txn.ts';
import { initProducerId } from '../../../src/broker/apis/init-producer-id.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { BrokerScene, NOW_MS } from '../../support/broker-scene.ts';
import { transacting } from '../../support/transacting.ts';

test('a transaction is told with its state, its time and its partitions', async () => {
  const { scene, client, claim } = await transacting();
  await using _ = scene;
  const state = async () => {
    const asked = { transactionalIds: ['tx'] };
    return (await client.send(describeTransactions, 0, asked)).transactionStates[0];
  };
  const usual = {
    errorCode: 0,
    transactionalId: 'tx',
    transactionTimeoutMs: 60_000,
    producerId: claim.producerId,
    producerEpoch: claim.producerEpoch,
  };
  const ended = { ...usual, transactionStartTimeMs: BigInt(NOW_MS), topics: [] };
  assert.deepEqual(await state(), {
    ...ended,
    transactionState: 'Empty',
    transactionStartTimeMs: -1n,
  });
  for (const [committed, name] of [
    [true, 'CompleteCommit'],
    [false, 'CompleteAbort'],
  ] as const) {
    const topics = [{ name: 'orders', partitions: [1, 0] }];
    await client.send(addPartitionsToTxn, 3, { ...claim, topics });
    assert.deepEqual(await state(), {
      ...ended,
      transactionState: 'Ongoing',
      topics: [{ topic: 'orders', partitions: [1, 0] }],
    });
    await client.send(endTxn, 3, { ...claim, committed });
    assert.deepEqual(await state(), { ...ended, transactionState: name });
  }
});

test('what is not there, or elsewhere, is told of by itself', async () => {
  await using scene = await BrokerScene.open({ brokers: 2 });
  scene.broker.moveCoordinator('here', 1);
  scene.broker.moveCoordinator('there', 2);
  scene.broker.moveCoordinator('nobody', 1);
  const client = await scene.connect(1);
  const begun = { transactionalId: 'here', transactionTimeoutMs: 60_000 };
  await client.send(initProducerId, 4, begun);
  const asked = { transactionalIds: ['here', 'there', 'nobody', ''] };
  const { transactionStates } = await client.send(describeTransactions, 0, asked);
  assert.deepEqual(
    transactionStates.map(({ errorCode }) => errorName(errorCode)),
    ['NONE', 'NOT_COORDINATOR', 'TRANSACTIONAL_ID_NOT_FOUND', 'INVALID_REQUEST'],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPartitionsToTxn } from '../../../src/broker/apis/add-partitions-to-txn.ts';
import { initProducerId } from '../../../src/broker/apis/init-producer-id.ts';
import { listTransactions } from '../../../src/broker/apis/list-transactions.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { BrokerScene } from '../../support/broker-scene.ts';
import { transacting } from '../../support/transacting.ts';

const ALL = { stateFilters: [], producerIdFilters: [] };

test('transactions are listed by state, producer, name, and how long they have been open', async () => {
  const { scene, client, claim } = await transacting();
  await using _ = scene;
  const other = { transactionalId: 'other', transactionTimeoutMs: 60_000 };
  const { producerId } = await client.send(initProducerId, 4, other);
  await client.send(addPartitionsToTxn, 3, {
    ...claim,
    topics: [{ name: 'orders', partitions: [0] }],
  });
  const listed = async (filter: object, version = 2): Promise<string[]> => {
    const answer = await client.send(listTransactions, version, { ...ALL, ...filter });
    return answer.transactionStates.map(
      ({ transactionalId, transactionState }) => `${transactionalId} ${transactionState}`,
    );
  };
  const [tx, its] = ['tx Ongoing', 'other Empty'];
  for (let version = 0; version <= 2; version++)
    assert.deepEqual(await listed({}, version), [tx, its]);
  assert.deepEqual(await listed({ stateFilters: ['Ongoing'] }), [tx]);
  assert.deepEqual(await listed({ stateFilters: ['Nonsense'] }), []);
  assert.deepEqual(await listed({ producerIdFilters: [producerId] }), [its]);
  assert.deepEqual(await listed({ transactionalIdPattern: 't.' }), [tx]);
  assert.deepEqual(await listed({ transactionalIdPattern: 't' }), []);
  // As in Kafka one that is not open began before 1970.
  assert.deepEqual(await listed({ durationFilter: 0n }), [its]);
});

test('a state that Kafka does not have is told, and a pattern that is none is refused', async () => {
  await using scene = await BrokerScene.open();
  const client = await scene.connect();
  const states = { ...ALL, stateFilters: ['Dead', 'no', 'Empty', 'no'] };
  const { unknownStateFilters } = await client.send(listTransactions, 0, states);
  assert.deepEqual(unknownStateFilters, ['no']);
  const broken = { ...ALL, transactionalIdPattern: '(' };
  const { errorCode } = await client.send(listTransactions, 2, broken);
  assert.equal(errorName(errorCode), 'INVALID_REGULAR_EXPRESSION');
});

test('each broker lists the transactions that it coordinates', async () => {
  await using scene = await BrokerScene.open({ brokers: 2 });
  for (const [nodeId, transactionalId] of [
    [1, 'one'],
    [2, 'two'],
  ] as const) {
    scene.broker.moveCoordinator(transactionalId, nodeId);
    const client = await scene.connect(nodeId);
    await client.send(initProducerId, 4, { transactionalId, transactionTimeoutMs: 60_000 });
  }
  for (const [nodeId, expected] of [
    [1, ['one']],
    [2, ['two']],
  ] as const) {
    const client = await scene.connect(nodeId);
    const { transactionStates } = await client.send(listTransactions, 0, ALL);
    assert.deepEqual(
      transactionStates.map(({ transactionalId }) => transactionalId),
      expected,
    );
  }
});

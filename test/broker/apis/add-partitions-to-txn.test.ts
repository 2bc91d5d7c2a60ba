import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPartitionsToTxn } from '../../../src/broker/apis/add-partitions-to-txn.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { transacting } from '../../support/transacting.ts';

/** The errors of partitions, in the order of the answer. */
const errorsOf = (
  results: readonly { readonly resultsByPartition: readonly { partitionErrorCode: number }[] }[],
): string[] =>
  results.flatMap(({ resultsByPartition }) =>
    resultsByPartition.map(({ partitionErrorCode }) => errorName(partitionErrorCode)),
  );

test('partitions are added in the versions of clients, and in those of brokers', async () => {
  const { scene, client, claim } = await transacting();
  await using _ = scene;
  const topics = [{ name: 'orders', partitions: [0, 1] }];
  for (let version = 0; version <= 3; version++) {
    const { resultsByTopic } = await client.send(addPartitionsToTxn, version, { ...claim, topics });
    assert.deepEqual(errorsOf(resultsByTopic), ['NONE', 'NONE']);
  }
  for (const version of [4, 5]) {
    const { resultsByTransaction } = await client.send(addPartitionsToTxn, version, {
      transactions: [{ ...claim, topics }],
    });
    assert.deepEqual(errorsOf(resultsByTransaction[0]?.topicResults ?? []), ['NONE', 'NONE']);
  }
});

test('a broker is told which partitions are in the transaction, and adds none', async () => {
  const { scene, client, claim } = await transacting();
  await using _ = scene;
  const verify = async (facts: object = {}) => {
    const topics = [{ name: 'orders', partitions: [0, 1] }];
    const transactions = [{ ...claim, verifyOnly: true, topics, ...facts }];
    const { resultsByTransaction } = await client.send(addPartitionsToTxn, 4, { transactions });
    return errorsOf(resultsByTransaction[0]?.topicResults ?? []);
  };
  assert.deepEqual(await verify(), ['TRANSACTION_ABORTABLE', 'TRANSACTION_ABORTABLE']);
  const topics = [{ name: 'orders', partitions: [1] }];
  await client.send(addPartitionsToTxn, 3, { ...claim, topics });
  assert.deepEqual(await verify(), ['TRANSACTION_ABORTABLE', 'NONE']);
  assert.deepEqual(await verify({ producerEpoch: 9 }), ['PRODUCER_FENCED', 'PRODUCER_FENCED']);
});

test('one that is not there keeps the others out', async () => {
  const { scene, client, claim } = await transacting();
  await using _ = scene;
  const topics = [{ name: 'orders', partitions: [0, 7] }];
  const { resultsByTopic } = await client.send(addPartitionsToTxn, 3, { ...claim, topics });
  assert.deepEqual(errorsOf(resultsByTopic), [
    'OPERATION_NOT_ATTEMPTED',
    'UNKNOWN_TOPIC_OR_PARTITION',
  ]);
});

test('a producer that another one has replaced is told so in the words of the version', async () => {
  const { scene, client, claim } = await transacting();
  await using _ = scene;
  const topics = [{ name: 'orders', partitions: [0] }];
  const ask = async (version: number, facts: object) => {
    const body = { ...claim, topics, ...facts };
    return errorsOf((await client.send(addPartitionsToTxn, version, body)).resultsByTopic);
  };
  assert.deepEqual(await ask(3, { producerEpoch: 9 }), ['PRODUCER_FENCED']);
  assert.deepEqual(await ask(1, { producerEpoch: 9 }), ['INVALID_PRODUCER_EPOCH']);
  assert.deepEqual(await ask(3, { producerId: 99n }), ['INVALID_PRODUCER_ID_MAPPING']);
});

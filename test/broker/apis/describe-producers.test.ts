import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPartitionsToTxn } from '../../../src/broker/apis/add-partitions-to-txn.ts';
import { describeProducers } from '../../../src/broker/apis/describe-producers.ts';
import { endTxn } from '../../../src/broker/apis/end-txn.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { batchOf } from '../../support/broker-batches.ts';
import { NOW_MS } from '../../support/broker-scene.ts';
import { transacting } from '../../support/transacting.ts';

test('it tells who holds up the last stable offset, and from where', async () => {
  const { scene, client, claim } = await transacting();
  await using _ = scene;
  const { producerId, producerEpoch } = claim;
  const asked = { topics: [{ name: 'orders', partitionIndexes: [0] }] };
  const active = async () =>
    (await client.send(describeProducers, 0, asked)).topics[0]?.partitions[0]?.activeProducers;
  assert.deepEqual(await active(), []);
  scene.broker.produce('orders', 0, batchOf(3));
  await client.send(addPartitionsToTxn, 3, {
    ...claim,
    topics: [{ name: 'orders', partitions: [0] }],
  });
  const batch = batchOf(2, { attributes: 0x10, producerId, producerEpoch, baseSequence: 0 });
  scene.broker.produce('orders', 0, batch);
  const known = { producerId, producerEpoch, lastSequence: 1 };
  assert.deepEqual(await active(), [
    {
      ...known,
      lastTimestamp: 1_700_000_000_000n,
      coordinatorEpoch: -1,
      currentTxnStartOffset: 3n,
    },
  ]);
  await client.send(endTxn, 3, { ...claim, committed: true });
  assert.deepEqual(await active(), [
    { ...known, lastTimestamp: BigInt(NOW_MS), coordinatorEpoch: 0, currentTxnStartOffset: -1n },
  ]);
});

test('a partition that is not here is told of by itself', async () => {
  const { scene, client } = await transacting();
  await using _ = scene;
  const topics = [
    { name: 'nowhere', partitionIndexes: [0] },
    { name: 'orders', partitionIndexes: [1, 2] },
  ];
  const answer = await client.send(describeProducers, 0, { topics });
  const codes = answer.topics.map(({ partitions }) =>
    partitions.map(({ errorCode }) => errorName(errorCode)),
  );
  const unknown = 'UNKNOWN_TOPIC_OR_PARTITION';
  assert.deepEqual(codes, [[unknown], ['NONE', unknown]]);
});

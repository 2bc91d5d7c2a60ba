import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPartitionsToTxn } from '../../../src/broker/apis/add-partitions-to-txn.ts';
import { endTxn } from '../../../src/broker/apis/end-txn.ts';
import { produce } from '../../../src/broker/apis/produce.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { batchOf } from '../../support/broker-batches.ts';
import { transacting } from '../../support/transacting.ts';

test('what was written counts from its end on, in every version', async () => {
  const { scene, client, claim } = await transacting();
  await using _ = scene;
  const log = scene.broker.cluster.topics.partition('orders', 0)?.log;
  let current = claim;
  for (let version = 0; version <= 5; version++) {
    const topics = [{ name: 'orders', partitions: [0] }];
    await client.send(addPartitionsToTxn, 3, { ...current, topics });
    const { producerId, producerEpoch } = current;
    const records = [
      batchOf(1, { attributes: 0x10, producerId, producerEpoch, baseSequence: version }),
    ];
    const { responses } = await client.send(produce, 9, {
      transactionalId: 'tx',
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
    });
    assert.equal(responses[0]?.partitionResponses[0]?.errorCode, 0);
    assert.equal(log?.lastStableOffset, BigInt(version * 2));
    const ended = await client.send(endTxn, version, { ...current, committed: version % 2 === 0 });
    assert.equal(errorName(ended.errorCode), 'NONE');
    assert.equal(log?.lastStableOffset, BigInt(version * 2 + 2));
    if (version === 5) current = { ...current, producerEpoch: ended.producerEpoch };
  }
  assert.equal(current.producerEpoch, claim.producerEpoch + 1);
});

test('what was not begun does not end', async () => {
  const { scene, client, claim } = await transacting();
  await using _ = scene;
  for (const committed of [true, false]) {
    const { errorCode } = await client.send(endTxn, 3, { ...claim, committed });
    assert.equal(errorName(errorCode), 'INVALID_TXN_STATE');
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addOffsetsToTxn } from '../../../src/broker/apis/add-offsets-to-txn.ts';
import { endTxn } from '../../../src/broker/apis/end-txn.ts';
import { txnOffsetCommit } from '../../../src/broker/apis/txn-offset-commit.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { transacting } from '../../support/transacting.ts';

const topics = [
  {
    name: 'orders',
    partitions: [{ partitionIndex: 1, committedOffset: 7n, committedMetadata: 'm' }],
  },
];

test('offsets are committed with their transaction, in every version', async () => {
  const { scene, client, claim } = await transacting();
  await using _ = scene;
  for (let version = 0; version <= 5; version++) {
    const groupId = `group-${version}`;
    const added = await client.send(addOffsetsToTxn, Math.min(version, 4), { ...claim, groupId });
    assert.equal(errorName(added.errorCode), 'NONE');
    const answer = await client.send(txnOffsetCommit, version, { ...claim, groupId, topics });
    assert.equal(answer.topics[0]?.partitions[0]?.errorCode, 0);
    const offsets = scene.broker.cluster.groups.get(groupId)?.offsets;
    assert.deepEqual(
      [offsets?.committed('orders', 1), offsets?.isPending('orders', 1)],
      [null, true],
    );
    await client.send(endTxn, 3, { ...claim, committed: true });
    assert.equal(offsets?.committed('orders', 1)?.offset, 7n);
    assert.equal(offsets?.isPending('orders', 1), false);
  }
});

test('offsets of a group that was not added are refused in the words of the version', async () => {
  const { scene, client, claim } = await transacting();
  await using _ = scene;
  const ask = async (version: number, groupId: string) => {
    const answer = await client.send(txnOffsetCommit, version, { ...claim, groupId, topics });
    return errorName(answer.topics[0]?.partitions[0]?.errorCode ?? -1);
  };
  assert.equal(await ask(3, 'group'), 'INVALID_TXN_STATE');
  assert.equal(await ask(4, 'group'), 'TRANSACTION_ABORTABLE');
  assert.equal(await ask(5, 'group'), 'NONE');
  assert.equal(await ask(3, 'group'), 'NONE');
  assert.equal(await ask(3, ''), 'INVALID_GROUP_ID');
});

test('offsets of a transaction that is aborted are forgotten', async () => {
  const { scene, client, claim } = await transacting();
  await using _ = scene;
  await client.send(addOffsetsToTxn, 3, { ...claim, groupId: 'group' });
  await client.send(txnOffsetCommit, 3, { ...claim, groupId: 'group', topics });
  await client.send(endTxn, 3, { ...claim, committed: false });
  assert.equal(scene.broker.cluster.groups.get('group')?.offsets.committed('orders', 1), null);
});

test('a fenced producer, and a member that is not there, commit nothing', async () => {
  const { scene, client, claim } = await transacting();
  await using _ = scene;
  const ask = async (facts: object) => {
    const body = { ...claim, groupId: 'group', topics, ...facts };
    const answer = await client.send(txnOffsetCommit, 3, body);
    return errorName(answer.topics[0]?.partitions[0]?.errorCode ?? -1);
  };
  await client.send(addOffsetsToTxn, 3, { ...claim, groupId: 'group' });
  assert.equal(await ask({ producerEpoch: 9 }), 'INVALID_PRODUCER_EPOCH');
  assert.equal(await ask({ memberId: 'me', generationId: 4 }), 'ILLEGAL_GENERATION');
  assert.equal(
    scene.broker.cluster.groups.get('group')?.offsets.isPending('orders', 1) ?? false,
    false,
  );
});

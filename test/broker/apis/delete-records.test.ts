import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deleteRecords } from '../../../src/broker/apis/delete-records.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { batchOf } from '../../support/broker-batches.ts';
import { BrokerScene } from '../../support/broker-scene.ts';

async function scenery() {
  const scene = await BrokerScene.open({ topics: { orders: 1 } });
  scene.broker.produce('orders', 0, batchOf(9));
  const client = await scene.connect();
  const remove = async (
    offset: bigint,
    { partitionIndex = 0, name = 'orders', version = 2 } = {},
  ) => {
    const topics = [{ name, partitions: [{ partitionIndex, offset }] }];
    const answer = await client.send(deleteRecords, version, { topics });
    const [part] = answer.topics[0]?.partitions ?? [];
    return part?.errorCode === 0 ? part.lowWatermark : errorName(part?.errorCode ?? 0);
  };
  return { scene, remove };
}

test('records below an offset are deleted in every version', async () => {
  const { scene, remove } = await scenery();
  await using _ = scene;
  assert.equal(await remove(2n, { version: 0 }), 2n);
  assert.equal(await remove(3n, { version: 1 }), 3n);
  assert.equal(await remove(4n), 4n);
  assert.deepEqual(scene.broker.offsets('orders', 0), { start: 4n, end: 9n });
});

test('what is deleted already stays so, and -1 deletes all', async () => {
  const { scene, remove } = await scenery();
  await using _ = scene;
  await remove(4n);
  assert.equal(await remove(1n), 4n);
  assert.equal(await remove(-1n), 9n);
});

test('an offset that is not in the log, and a partition that is not there, are refused', async () => {
  const { scene, remove } = await scenery();
  await using _ = scene;
  assert.equal(await remove(10n), 'OFFSET_OUT_OF_RANGE');
  assert.equal(await remove(-5n), 'OFFSET_OUT_OF_RANGE');
  assert.equal(await remove(1n, { partitionIndex: 3 }), 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.equal(await remove(1n, { name: 'none' }), 'UNKNOWN_TOPIC_OR_PARTITION');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listOffsets } from '../../../src/broker/apis/list-offsets.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { batchOf } from '../../support/broker-batches.ts';
import { BrokerScene } from '../../support/broker-scene.ts';

const LATEST = -1n;
const EARLIEST = -2n;
const MAX_TIMESTAMP = -3n;

async function scenery() {
  const scene = await BrokerScene.open({ topics: { orders: 1, empty: 1 } });
  const client = await scene.connect();
  const records = [{ atMs: 0 }, { atMs: 10 }];
  for (const baseTimestamp of [1000n, 1100n, 1050n]) {
    scene.broker.produce('orders', 0, batchOf(records, { baseTimestamp }));
  }
  /** What one partition was answered. */
  const ask = async (timestamp: bigint, rest: object = {}, version = 7, name = 'orders') => {
    const partitions = [{ partitionIndex: 0, timestamp, ...rest }];
    const { topics } = await client.send(listOffsets, version, {
      topics: [{ name, partitions }],
      ...rest,
    });
    const [part] = topics[0]?.partitions ?? [];
    assert.ok(part !== undefined);
    return part.errorCode === 0 ? part.offset : errorName(part.errorCode);
  };
  return { scene, client, ask };
}

test('the ends of a log are told in every version', async () => {
  const { scene, ask } = await scenery();
  await using _ = scene;
  scene.broker.deleteRecordsBefore('orders', 0, 1n);
  for (let version = 1; version <= 10; version++) {
    assert.equal(await ask(LATEST, {}, version), 6n);
    assert.equal(await ask(EARLIEST, {}, version), 1n);
  }
  assert.equal(await ask(LATEST, {}, 7, 'empty'), 0n);
});

test('a time is told as the first record at or after it, and -1 when there is none', async () => {
  const { scene, ask } = await scenery();
  await using _ = scene;
  const times = [0n, 1005n, 1060n, 1111n];
  assert.deepEqual(await Promise.all(times.map((time) => ask(time))), [0n, 1n, 2n, -1n]);
});

test('the record with the largest time is told from version 7 on', async () => {
  const { scene, ask } = await scenery();
  await using _ = scene;
  assert.equal(await ask(MAX_TIMESTAMP), 3n);
  assert.equal(await ask(MAX_TIMESTAMP, {}, 7, 'empty'), -1n);
  assert.equal(await ask(MAX_TIMESTAMP, {}, 6), 'UNSUPPORTED_VERSION');
  assert.equal(await ask(-7n, {}, 10), 'UNSUPPORTED_VERSION');
  assert.equal(await ask(-5n, {}, 9), -1n);
});

test('for a reader of committed records the log ends at the first open transaction', async () => {
  const { scene, ask } = await scenery();
  await using _ = scene;
  const open = { attributes: 0x10, producerId: 7n, producerEpoch: 0, baseSequence: 0 };
  scene.broker.produce('orders', 0, batchOf(2, { ...open, baseTimestamp: 5000n }));
  assert.equal(await ask(LATEST), 8n);
  assert.equal(await ask(LATEST, { isolationLevel: 1 }), 6n);
  assert.equal(await ask(5000n), 6n);
  assert.equal(await ask(5000n, { isolationLevel: 1 }), -1n);
});

test('a partition that is not there, or of another epoch, is told as an error', async () => {
  const { scene, ask } = await scenery();
  await using _ = scene;
  assert.equal(await ask(LATEST, { partitionIndex: 4 }), 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.equal(await ask(LATEST, {}, 7, 'none'), 'UNKNOWN_TOPIC_OR_PARTITION');
  assert.equal(await ask(LATEST, { currentLeaderEpoch: 9 }), 'UNKNOWN_LEADER_EPOCH');
});

test('a partition that is asked for twice is refused, and the others are not', async () => {
  const { scene, client } = await scenery();
  await using _ = scene;
  const part = { partitionIndex: 0, timestamp: LATEST };
  const topics = [
    { name: 'orders', partitions: [part, { ...part, timestamp: EARLIEST }] },
    { name: 'empty', partitions: [part] },
  ];
  const answer = await client.send(listOffsets, 7, { topics });
  const errors = answer.topics.map(({ partitions }) =>
    partitions.map(({ errorCode }) => errorName(errorCode)),
  );
  assert.deepEqual(errors, [['INVALID_REQUEST'], ['NONE']]);
});

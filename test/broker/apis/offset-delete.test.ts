import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offsetDelete } from '../../../src/broker/apis/offset-delete.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { joinRequest } from '../../support/group-rig.ts';
import { GroupsBroker, nameOf } from '../../support/groups-broker.ts';

const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0 }, { partitionIndex: 2 }] }];
const OFFSET = { offset: 5n, leaderEpoch: -1, metadata: '' };

test('an offset of an empty group is deleted', async () => {
  const { groups, coordinator, coordinatorId } = new GroupsBroker();
  const { offsets } = groups.ensureAt(coordinatorId, 'orders');
  offsets.commit('orders', 0, OFFSET);
  const answer = await coordinator.send(offsetDelete, 0, { groupId: 'orders', topics });
  assert.deepEqual(
    answer.topics[0]?.partitions.map((each) => [each.partitionIndex, errorName(each.errorCode)]),
    [
      [2, 'UNKNOWN_TOPIC_OR_PARTITION'],
      [0, 'NONE'],
    ],
  );
  assert.equal(offsets.committed('orders', 0), null);
});

test('an offset of a topic that members subscribe to stays', async () => {
  const { groups, clock, coordinator, coordinatorId } = new GroupsBroker();
  const group = groups.ensureAt(coordinatorId, 'orders');
  const metadata = Buffer.from('\0\0\0\0\0\x01\0\x06orders\xff\xff\xff\xff', 'latin1');
  const joining = group.join(joinRequest({ protocols: [{ name: 'range', metadata }] }));
  clock.advance(0);
  await joining;
  group.offsets.commit('orders', 0, OFFSET);
  const answer = await coordinator.send(offsetDelete, 0, { groupId: 'orders', topics });
  assert.deepEqual(answer.topics[0]?.partitions.map(nameOf), [
    'UNKNOWN_TOPIC_OR_PARTITION',
    'GROUP_SUBSCRIBED_TO_TOPIC',
  ]);
  assert.equal(group.offsets.committed('orders', 0)?.offset, 5n);
});

test('no group, no name, or the wrong node: refused as a whole', async () => {
  const { coordinator, other } = new GroupsBroker();
  const errorOf = async (client: typeof other, groupId: string) =>
    nameOf(await client.send(offsetDelete, 0, { groupId, topics }));
  assert.equal(await errorOf(coordinator, 'orders'), 'GROUP_ID_NOT_FOUND');
  assert.equal(await errorOf(coordinator, ''), 'INVALID_GROUP_ID');
  assert.equal(await errorOf(other, 'orders'), 'NOT_COORDINATOR');
});

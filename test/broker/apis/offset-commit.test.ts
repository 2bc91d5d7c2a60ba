import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offsetCommit } from '../../../src/broker/apis/offset-commit.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { GroupsBroker } from '../../support/groups-broker.ts';

const partition = (partitionIndex: number, committedMetadata: string | null = '') => ({
  partitionIndex,
  committedOffset: 5n,
  committedLeaderEpoch: 3,
  committedMetadata,
});
const topic = (name: string, ...partitions: ReturnType<typeof partition>[]) => ({
  name,
  partitions,
});
const body = (facts: object = {}) => ({
  groupId: 'orders',
  topics: [topic('orders', partition(0, 'note'))],
  ...facts,
});

/** An answer as texts: orders/0 NONE. */
const told = (answer: {
  topics: readonly {
    name: string;
    partitions: readonly { partitionIndex: number; errorCode: number }[];
  }[];
}) =>
  answer.topics.flatMap(({ name, partitions }) =>
    partitions.map((each) => `${name}/${each.partitionIndex} ${errorName(each.errorCode)}`),
  );

for (let version = 2; version <= 9; version++) {
  test(`anyone commits to an empty group with version ${version}`, async () => {
    const { coordinator, groups } = new GroupsBroker();
    const answer = await coordinator.send(offsetCommit, version, body());
    assert.deepEqual(told(answer), ['orders/0 NONE']);
    const { offset, leaderEpoch, metadata } =
      groups.get('orders')?.offsets.committed('orders', 0) ?? {};
    assert.deepEqual([offset, leaderEpoch, metadata], [5n, version < 6 ? -1 : 3, 'note']);
  });
}

test('what can be committed is, whatever becomes of the rest', async () => {
  const { coordinator, groups } = new GroupsBroker({ maxOffsetMetadataLength: 4 });
  const topics = [
    topic('nothing', partition(0)),
    topic('orders', partition(2), partition(0, '12345'), partition(1, '1234')),
  ];
  assert.deepEqual(told(await coordinator.send(offsetCommit, 8, body({ topics }))), [
    'nothing/0 UNKNOWN_TOPIC_OR_PARTITION',
    'orders/2 UNKNOWN_TOPIC_OR_PARTITION',
    'orders/0 OFFSET_METADATA_TOO_LARGE',
    'orders/1 NONE',
  ]);
  assert.deepEqual([...(groups.get('orders')?.offsets.partitions() ?? [])], [['orders', [1]]]);
});

test('metadata of null is kept as none', async () => {
  const { coordinator, groups } = new GroupsBroker();
  await coordinator.send(offsetCommit, 8, body({ topics: [topic('orders', partition(0, null))] }));
  assert.equal(groups.get('orders')?.offsets.committed('orders', 0)?.metadata, '');
});

test('a commit that is refused says so of every partition that is there', async () => {
  const { coordinator, other } = new GroupsBroker();
  const topics = [topic('orders', partition(0)), topic('nothing', partition(0))];
  const member = body({ topics, memberId: 'me', generationIdOrMemberEpoch: 1 });
  assert.deepEqual(told(await coordinator.send(offsetCommit, 8, member)), [
    'nothing/0 UNKNOWN_TOPIC_OR_PARTITION',
    'orders/0 ILLEGAL_GENERATION',
  ]);
  assert.deepEqual(told(await coordinator.send(offsetCommit, 9, member)), [
    'nothing/0 UNKNOWN_TOPIC_OR_PARTITION',
    'orders/0 GROUP_ID_NOT_FOUND',
  ]);
  assert.deepEqual(told(await other.send(offsetCommit, 9, body())), ['orders/0 NOT_COORDINATOR']);
});

test('when no partition is there, the group is not looked at', async () => {
  const { other, groups } = new GroupsBroker();
  const topics = [topic('nothing', partition(0))];
  assert.deepEqual(told(await other.send(offsetCommit, 9, body({ topics }))), [
    'nothing/0 UNKNOWN_TOPIC_OR_PARTITION',
  ]);
  assert.deepEqual(told(await other.send(offsetCommit, 9, body({ topics: [] }))), []);
  assert.equal(groups.get('orders'), undefined);
});

test('a refusal of the whole is told of every partition', async () => {
  const { topics } = body();
  const request = { ...body(), generationIdOrMemberEpoch: -1, memberId: '', groupInstanceId: null };
  const answer = offsetCommit.refuse(
    { ...request, topics, retentionTimeMs: -1n },
    { code: 14, text: null, version: 8 },
  );
  assert.deepEqual(answer?.topics[0]?.partitions, [{ partitionIndex: 0, errorCode: 14 }]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offsetFetch } from '../../../src/broker/apis/offset-fetch.ts';
import { errorName } from '../../../src/broker/errors.ts';
import { GroupsBroker } from '../../support/groups-broker.ts';

/** A broker whose group has committed orders/1. */
function committed() {
  const broker = new GroupsBroker();
  const { offsets } = broker.groups.ensureAt(broker.coordinatorId, 'orders');
  offsets.commit('orders', 1, { offset: 5n, leaderEpoch: 3, metadata: 'note' });
  return { client: broker.coordinator, other: broker.other, offsets };
}

/** An answer as texts: orders/1 at 5, epoch 3, "note". */
const told = (
  topics: readonly {
    name: string;
    partitions: readonly {
      partitionIndex: number;
      committedOffset: bigint;
      committedLeaderEpoch: number;
      metadata: string | null;
      errorCode: number;
    }[];
  }[],
) =>
  topics.flatMap(({ name, partitions }) =>
    partitions.map(
      (each) =>
        `${name}/${each.partitionIndex} at ${each.committedOffset}, epoch ${each.committedLeaderEpoch}, "${each.metadata}", ${errorName(each.errorCode)}`,
    ),
  );

const topics = [{ name: 'orders', partitionIndexes: [1, 0] }];

for (let version = 1; version <= 9; version++) {
  test(`what was committed is fetched with version ${version}`, async () => {
    const { client } = committed();
    const groups = [{ groupId: 'orders', topics }];
    const answer = await client.send(offsetFetch, version, { groupId: 'orders', topics, groups });
    assert.deepEqual(told(version < 8 ? answer.topics : (answer.groups[0]?.topics ?? [])), [
      `orders/1 at 5, epoch ${version < 5 ? -1 : 3}, "note", NONE`,
      'orders/0 at -1, epoch -1, "", NONE',
    ]);
  });
}

test('who names no topics gets all that are committed', async () => {
  const { client } = committed();
  const before = await client.send(offsetFetch, 7, { groupId: 'orders', topics: null });
  const after = await client.send(offsetFetch, 8, {
    groups: [{ groupId: 'orders', topics: null }],
  });
  const all = ['orders/1 at 5, epoch 3, "note", NONE'];
  assert.deepEqual(told(before.topics), all);
  assert.deepEqual(told(after.groups[0]?.topics ?? []), all);
});

test('a group or a topic that is not there has nothing committed', async () => {
  const client = new GroupsBroker().coordinator;
  const named = [{ name: 'nothing', partitionIndexes: [9] }];
  const { errorCode, ...answer } = await client.send(offsetFetch, 7, {
    groupId: 'orders',
    topics: named,
  });
  assert.equal(errorCode, 0);
  assert.deepEqual(told(answer.topics), ['nothing/9 at -1, epoch -1, "", NONE']);
});

test('an offset that a transaction is about to change is not told to those who require a stable one', async () => {
  const { client, offsets } = committed();
  offsets.addPending(1n, 'orders', 1, { offset: 9n, leaderEpoch: -1, metadata: '' });
  const fetched = async (requireStable: boolean) =>
    told((await client.send(offsetFetch, 7, { groupId: 'orders', topics, requireStable })).topics);
  assert.match((await fetched(false))[0] ?? '', /at 5, .*NONE$/);
  assert.match((await fetched(true))[0] ?? '', /at -1, .*UNSTABLE_OFFSET_COMMIT$/);
});

test('the other node refuses, where the version has a place for it', async () => {
  const { other } = committed();
  const oldest = await other.send(offsetFetch, 1, { groupId: 'orders', topics });
  assert.match(told(oldest.topics)[0] ?? '', /NOT_COORDINATOR$/);
  const older = await other.send(offsetFetch, 7, { groupId: 'orders', topics });
  assert.deepEqual([errorName(older.errorCode), older.topics], ['NOT_COORDINATOR', []]);
  const groups = [{ groupId: 'orders', topics }];
  const newer = await other.send(offsetFetch, 8, { groups });
  assert.deepEqual(
    newer.groups.map((group) => [errorName(group.errorCode), group.topics]),
    [['NOT_COORDINATOR', []]],
  );
});

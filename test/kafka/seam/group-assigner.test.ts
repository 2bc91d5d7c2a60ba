import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeAssignment } from '../../../src/kafka/assigner/assignment.ts';
import {
  decodeMemberMetadata,
  encodeMemberMetadata,
} from '../../../src/kafka/assigner/member-metadata.ts';
import { type Claim, groupAssigner } from '../../../src/kafka/seam/group-assigner.ts';
import { FakeCluster } from '../../support/fake-cluster.ts';

const nothing: Claim = { topics: ['orders'], owned: [], generation: -1 };

/** What the leader decides for these members, as `topic/partition` by member. */
async function assigned(
  cluster: FakeCluster,
  members: Readonly<Record<string, Buffer>>,
): Promise<Record<string, string[]>> {
  const assigner = groupAssigner(cluster, () => nothing);
  const decided = await assigner.assign({
    members: Object.entries(members).map(([memberId, memberMetadata]) => ({
      memberId,
      memberMetadata,
    })),
    topics: ['orders'],
  });
  return Object.fromEntries(
    decided.map(({ memberId, memberAssignment }) => [
      memberId,
      [...decodeAssignment(memberAssignment)].flatMap(([topic, partitions]) =>
        partitions.map((partition) => `${topic}/${partition}`),
      ),
    ]),
  );
}

describe('groupAssigner', () => {
  it('tells what the member holds at the moment of each join', () => {
    const claims: Claim[] = [
      nothing,
      { topics: ['orders'], owned: [{ topic: 'orders', partitions: [1, 2] }], generation: 7 },
    ];
    let join = 0;
    const assigner = groupAssigner(new FakeCluster(), () => claims[join] as Claim);
    for (; join < claims.length; join++) {
      const { name, metadata } = assigner.protocol({ topics: [] });
      assert.equal(name, 'millrace-cooperative');
      assert.equal(name, assigner.name);
      assert.deepEqual(decodeMemberMetadata(metadata), claims[join]);
    }
  });

  it('shares the partitions out among the members', async () => {
    const members = { a: encodeMemberMetadata(nothing), b: encodeMemberMetadata(nothing) };
    const { a = [], b = [] } = await assigned(new FakeCluster({ orders: [1, 1, 1, 1] }), members);
    assert.deepEqual([a.length, b.length], [2, 2]);
    assert.deepEqual([...a, ...b].sort(), ['orders/0', 'orders/1', 'orders/2', 'orders/3']);
  });

  it('gives a partition to nobody while its owner holds more than its share', async () => {
    const owner = { ...nothing, owned: [{ topic: 'orders', partitions: [0, 1] }], generation: 3 };
    const decided = await assigned(new FakeCluster({ orders: [1, 1] }), {
      owner: encodeMemberMetadata(owner),
      other: encodeMemberMetadata(nothing),
    });
    assert.equal(decided['owner']?.length, 1);
    assert.deepEqual(decided['other'], []);
  });

  it('looks up the topics of all members, so that also those the leader does not read are given out', async () => {
    const cluster = new FakeCluster({ orders: [1] });
    cluster.onAddTopics = () => {
      cluster.topics.set('bills', [1, 1]);
      return Promise.resolve();
    };
    const decided = await assigned(cluster, {
      leader: encodeMemberMetadata(nothing),
      other: encodeMemberMetadata({ ...nothing, topics: ['bills'] }),
    });
    assert.deepEqual(decided, { leader: ['orders/0'], other: ['bills/0', 'bills/1'] });
    assert.deepEqual(cluster.log, ['topics orders,bills']);
  });

  for (const type of [
    'UNKNOWN_TOPIC_OR_PARTITION',
    'INVALID_TOPIC_EXCEPTION',
    'TOPIC_AUTHORIZATION_FAILED',
  ]) {
    it(`gives out everything else when the lookup of a topic of another member ends in ${type}`, async () => {
      const cluster = new FakeCluster({ orders: [1, 1] });
      cluster.onAddTopics = (topics) => {
        if (topics.includes('bad')) {
          return Promise.reject(Object.assign(new Error(type), { type }));
        }
        if (topics.includes('bills')) cluster.topics.set('bills', [2]);
        return Promise.resolve();
      };
      const decided = await assigned(cluster, {
        leader: encodeMemberMetadata(nothing),
        other: encodeMemberMetadata({ ...nothing, topics: ['bad', 'bills'] }),
      });
      assert.deepEqual(decided, { leader: ['orders/0', 'orders/1'], other: ['bills/0'] });
    });
  }

  it('gives out nothing while the topics can not be looked up at all', async () => {
    const cluster = new FakeCluster({ orders: [1] });
    cluster.onAddTopics = () => Promise.reject(new Error('no broker'));
    const members = {
      leader: encodeMemberMetadata(nothing),
      other: encodeMemberMetadata({ ...nothing, topics: ['bills'] }),
    };
    await assert.rejects(assigned(cluster, members), { message: 'no broker' });
  });

  it('gives nothing to a member whose metadata make no sense, and goes on for the others', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('nonsense'), Buffer.alloc(40, 0xff)]) {
      const decided = await assigned(new FakeCluster({ orders: [1, 1] }), {
        good: encodeMemberMetadata(nothing),
        bad: bytes,
      });
      assert.deepEqual(decided['good'], ['orders/0', 'orders/1']);
      assert.deepEqual(decided['bad'] ?? [], []);
    }
  });
});

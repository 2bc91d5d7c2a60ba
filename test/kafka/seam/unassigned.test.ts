import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeAssignment } from '../../../src/kafka/assigner/assignment.ts';
import { hasUnassigned } from '../../../src/kafka/seam/unassigned.ts';
import { FakeCluster } from '../../support/fake-cluster.ts';

/** A cluster whose group has these members, each with its partitions of `orders`. */
function clusterOf(partitions: number, members: readonly number[][], state = 'Stable') {
  const cluster = new FakeCluster({ orders: Array.from({ length: partitions }, () => 1) });
  cluster.coordinator.onGroupCall = () => ({
    groups: [
      {
        state,
        members: members.map((own) => ({
          memberAssignment:
            own.length > 0 ? encodeAssignment(new Map([['orders', own]])) : Buffer.alloc(0),
        })),
      },
    ],
  });
  return cluster;
}

const look = (cluster: FakeCluster): Promise<boolean> => hasUnassigned(cluster, 'g', ['orders']);

describe('hasUnassigned', () => {
  it('finds a partition that no member has', async () => {
    assert.equal(await look(clusterOf(3, [[0], [2], []])), true);
    assert.equal(await look(clusterOf(3, [[0, 1], [], [2]])), false);
  });

  it('looks at the partitions of now', async () => {
    const cluster = clusterOf(1, [[0]]);
    cluster.onRefresh = () => {
      cluster.topics.set('orders', [1, 1]);
      return Promise.resolve();
    };
    assert.equal(await look(cluster), true);
  });

  it('finds nothing in a group that is about to deal anew, or is gone', async () => {
    assert.equal(await look(clusterOf(2, [[0]], 'PreparingRebalance')), false);
    const gone = clusterOf(2, []);
    gone.coordinator.onGroupCall = () => ({ groups: [] });
    assert.equal(await look(gone), false);
  });

  it('rejects when the coordinator does not answer', async () => {
    const cluster = clusterOf(1, [[0]]);
    cluster.coordinator.onGroupCall = () => new Error('no broker');
    await assert.rejects(look(cluster), { message: 'no broker' });
  });
});

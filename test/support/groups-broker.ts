import type { Cluster } from '../../src/broker/cluster.ts';
import type { ClusterNode } from '../../src/broker/cluster-node.ts';
import { errorName } from '../../src/broker/errors.ts';
import { Groups } from '../../src/broker/groups/groups.ts';
import type { GroupSettings } from '../../src/broker/groups/settings.ts';
import { FakeClock } from './clock.ts';
import { DirectClient } from './direct-client.ts';

/** The groups of a cluster of two nodes whose topic `orders` has two partitions; a client of each node. */
export class GroupsBroker {
  readonly clock: FakeClock = new FakeClock();
  readonly groups: Groups;
  /** Asks the node that coordinates the group `orders`. */
  readonly coordinator: DirectClient;
  /** Asks the other. */
  readonly other: DirectClient;
  readonly coordinatorId: number;

  constructor(settings: Partial<GroupSettings> = {}) {
    this.groups = new Groups({
      clock: this.clock,
      settings: { initialRebalanceDelayMs: 0, ...settings },
      liveNodes: () => [1, 2].map((id) => ({ id, host: '127.0.0.1', port: 9000 + id })),
      hasPartition: (topic, partition) => topic === 'orders' && [0, 1].includes(partition),
    });
    this.coordinatorId = this.groups.coordinatorOf('orders')?.id ?? 0;
    this.coordinator = this.#client(this.coordinatorId);
    this.other = this.#client(3 - this.coordinatorId);
  }

  #client(nodeId: number): DirectClient {
    const { groups } = this;
    // The handlers of groups look at nothing else of a cluster and a node.
    return new DirectClient({
      cluster: { groups } as Cluster,
      node: { id: nodeId } as ClusterNode,
    });
  }
}

/** The error of an answer by its name. */
export const nameOf = ({ errorCode }: { readonly errorCode: number }): string =>
  errorName(errorCode);

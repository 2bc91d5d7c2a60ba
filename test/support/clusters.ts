import { Cluster } from '../../src/broker/cluster.ts';
import { ClusterNode } from '../../src/broker/cluster-node.ts';
import { NOW_MS } from './broker-scene.ts';
import { FakeClock } from './clock.ts';

/** A cluster of nodes that do not listen. */
export function clusterOf(nodes: number, configs: Record<string, string> = {}): Cluster {
  const cluster = new Cluster({
    nodes,
    clock: new FakeClock(),
    nowMs: () => NOW_MS,
    configs,
    sasl: null,
    tls: null,
    onFault(fault) {
      throw fault;
    },
  });
  for (let id = 1; id <= nodes; id++) {
    cluster.join(new ClusterNode(id, cluster, '127.0.0.1', 0));
  }
  return cluster;
}

import type { Broker, Cluster } from './seam/cluster.ts';

/**
 * The coordinator of a group as our own requests see it: looked up once, and again after an error that says that it has
 * moved or is gone.
 */
export class Coordinator {
  readonly #cluster: Cluster;
  readonly #groupId: string;
  #broker: Promise<Broker> | null = null;

  constructor(cluster: Cluster, groupId: string) {
    this.#cluster = cluster;
    this.#groupId = groupId;
  }

  find(): Promise<Broker> {
    if (!this.#broker) {
      const found = this.#cluster.findGroupCoordinator({ groupId: this.#groupId });
      this.#broker = found;
      found.catch(() => {
        if (this.#broker === found) this.#broker = null;
      });
    }
    return this.#broker;
  }

  /** The next `find` asks the cluster again. */
  forget(): void {
    this.#broker = null;
  }
}

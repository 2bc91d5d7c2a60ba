/** Kafka's default for the partitions of its internal topics, by which groups and transactions are spread over nodes. */
const SLOTS = 50;

/** A node as clients are told of it. */
export interface CoordinatorNode {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/**
 * Which node coordinates a group or a transaction: as in Kafka its id is hashed to a partition of an internal topic, whose
 * leader it is. The partitions are spread over the nodes that are up; a test can move a key elsewhere.
 */
export class Coordinators {
  readonly #liveNodes: () => readonly CoordinatorNode[];
  readonly #moved = new Map<string, number>();

  /** `liveNodes` tells the nodes that are up, always in the same order. */
  constructor(liveNodes: () => readonly CoordinatorNode[]) {
    this.#liveNodes = liveNodes;
  }

  /** null when no node is up. */
  of(key: string): CoordinatorNode | null {
    const nodes = this.#liveNodes();
    const moved = nodes.find(({ id }) => id === this.#moved.get(key));
    return moved ?? nodes[slotOf(key) % nodes.length] ?? null;
  }

  /** Has the node coordinate the key for as long as it is up. */
  move(key: string, nodeId: number): void {
    this.#moved.set(key, nodeId);
  }
}

/** Kafka's `Utils.abs(key.hashCode()) % partitions`, the hash being Java's of a string. */
function slotOf(key: string): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0;
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % SLOTS;
}

import { randomBytes } from 'node:crypto';
import { collides } from '../contract/collides.ts';
import { Refusal } from './errors.ts';
import { Partition } from './partition.ts';
import { type Topic, topicNameProblem } from './topic.ts';

/** A topic to be made: replicas by partition, as node ids. */
export interface NewTopic {
  readonly name: string;
  readonly assignments: readonly (readonly number[])[];
  readonly configs: ReadonlyMap<string, string>;
}

/** What the topics must know of the nodes. */
export interface NodesInView {
  /** Ids of all nodes, in order. */
  readonly ids: readonly number[];
  liveIds(): readonly number[];
}

/** The topics of a cluster, by name and by id. */
export class Topics {
  readonly #nodes: NodesInView;
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<string, Topic>();

  constructor(nodes: NodesInView) {
    this.#nodes = nodes;
  }

  /** In the order in which they were created. */
  all(): Topic[] {
    return [...this.#byName.values()];
  }

  get(name: string): Topic | undefined {
    return this.#byName.get(name);
  }

  byId(id: string): Topic | undefined {
    return this.#byId.get(id);
  }

  partition(name: string, index: number): Partition | undefined {
    return this.#byName.get(name)?.partitions[index];
  }

  /** All partitions of all topics. */
  partitions(): Partition[] {
    return this.all().flatMap(({ partitions }) => partitions);
  }

  /** Throws INVALID_TOPIC_EXCEPTION or TOPIC_ALREADY_EXISTS when no topic of that name can be made. */
  checkName(name: string): void {
    const problem = topicNameProblem(name);
    if (problem !== null) throw new Refusal('INVALID_TOPIC_EXCEPTION', problem);
    if (this.#byName.has(name)) {
      throw new Refusal('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`);
    }
    const other = [...this.#byName.keys()].find((known) => collides(known, name));
    if (other === undefined) return;
    const text = `Topic '${name}' collides with existing topic: ${other}`;
    throw new Refusal('INVALID_TOPIC_EXCEPTION', text);
  }

  /** Throws what `checkName` does. */
  create({ name, assignments, configs }: NewTopic): Topic {
    this.checkName(name);
    const topic: Topic = {
      name,
      id: newId(),
      partitions: [],
      configs: new Map(configs),
    };
    this.#byName.set(name, topic);
    this.#byId.set(topic.id, topic);
    this.grow(topic, assignments);
    return topic;
  }

  /** Adds partitions with these replicas behind those that are there. */
  grow(topic: Topic, assignments: readonly (readonly number[])[]): void {
    for (const replicas of assignments) {
      const index = topic.partitions.length;
      topic.partitions.push(new Partition(topic.name, index, replicas, this.#nodes.liveIds()));
    }
  }

  delete(topic: Topic): void {
    this.#byName.delete(topic.name);
    this.#byId.delete(topic.id);
    // Whoever waits for records finds that there are none to come.
    for (const { changed } of topic.partitions) changed.ring();
  }

  /**
   * Replicas for `count` partitions from index `first` on: spread over the nodes that are up, if they suffice, so that leaders
   * come out even. Begins elsewhere for each topic, or single-partition topics would all be on the first node.
   */
  spread(name: string, first: number, count: number, replicationFactor: number): number[][] {
    const live = this.#nodes.liveIds();
    const ids = live.length >= replicationFactor ? live : this.#nodes.ids;
    const start = [...name].reduce((sum, character) => sum + character.charCodeAt(0), 0);
    return Array.from({ length: count }, (_, i) =>
      Array.from(
        { length: replicationFactor },
        (__, replica) => ids[(start + first + i + replica) % ids.length] as number,
      ),
    );
  }
}

/** An id for a topic or a cluster: 16 random bytes as 22 characters of base64url. */
export const newId = (): string => randomBytes(16).toString('base64url');

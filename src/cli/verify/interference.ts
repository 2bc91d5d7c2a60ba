import type { EmbeddedBroker } from '../../broker/broker.ts';

type Broker = Pick<EmbeddedBroker, 'intercept' | 'createTopic' | 'cluster'>;
type Answer = (typeof REFUSALS)[number];

/**
 * What the brokers of a run do other than a cluster would: they refuse commits for a while, and create what topics are asked for. Only the
 * handler knows those that it produces to; without them its records would halt.
 */
export class Interference {
  /** Topics that were created. */
  readonly created: string[] = [];
  readonly #broker: Broker;
  #answers: readonly Answer[] = [];
  #refused = 0;

  constructor(broker: Broker) {
    this.#broker = broker;
    broker.intercept(({ api, body }, moment) => {
      if (moment !== 'before') return 'continue';
      if (api === 'Metadata') this.#create(body as { topics: { name: string | null }[] | null });
      const refuse = api === 'OffsetCommit' ? this.#answers[this.#refused] : undefined;
      if (refuse === undefined) return 'continue';
      this.#refused++;
      return { refuse };
    });
  }

  /** Commits that were refused. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether every refusal has happened. */
  get isOver(): boolean {
    return this.#refused === REFUSALS.length;
  }

  /** Refuses the next commits, with one error after another. */
  refuseCommits(): void {
    this.#answers = REFUSALS;
  }

  #create({
    topics,
  }: {
    readonly topics: readonly { readonly name: string | null }[] | null;
  }): void {
    for (const { name } of topics ?? []) {
      if (name === null || this.#broker.cluster.topics.get(name)) continue;
      try {
        this.#broker.createTopic(name, { partitions: PARTITIONS });
        this.created.push(name);
      } catch {
        // No name for a topic: the answer to the request says so.
      }
    }
  }
}

/** How commits are refused, one after another: what a coordinator that moves or loads answers. */
const REFUSALS = [
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
] as const;
const PARTITIONS = 8;

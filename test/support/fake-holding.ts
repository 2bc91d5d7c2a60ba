import type { SourceConfig } from '../../src/contract/config.ts';
import type { MillraceError } from '../../src/contract/errors.ts';
import { Committer, type Identity } from '../../src/kafka/committer.ts';
import { Coordinator } from '../../src/kafka/coordinator.ts';
import { Fetcher } from '../../src/kafka/fetcher.ts';
import { Holdings } from '../../src/kafka/holdings.ts';
import type { Held } from '../../src/kafka/intake.ts';
import { FakeClock } from './clock.ts';
import { turn } from './fake-broker.ts';
import { FakeCluster } from './fake-cluster.ts';
import { FakeIntake } from './fake-epoch.ts';
import { FakeClient } from './fake-kafka.ts';
import { FakeLogs } from './fake-logs.ts';
import { pipelineOf } from './pipeline.ts';

/**
 * The real holdings, with the real fetcher and committer, over a fake cluster: orders/0 and orders/1 are led by broker 1, orders/2
 * and orders/3 by broker 2.
 */
export class HoldingRig {
  readonly clock: FakeClock = new FakeClock();
  readonly cluster: FakeCluster = new FakeCluster({ orders: [1, 1, 2, 2] });
  readonly logs: FakeLogs = new FakeLogs(this.cluster);
  readonly intake: FakeIntake = new FakeIntake();
  readonly fetcher: Fetcher;
  readonly holdings: Holdings;
  readonly coordinator: Coordinator;
  readonly fenced: Error[] = [];
  readonly fatal: MillraceError[] = [];
  identity: () => Identity | null = () => ({ memberId: 'm-1', generation: 4 });
  onFenced: (cause: Error) => void = (cause) => this.fenced.push(cause);

  constructor(source: Partial<SourceConfig> = {}) {
    const { cluster, clock, intake } = this;
    const base = pipelineOf();
    const pipeline = { ...base, source: { ...base.source, ...source } };
    const coordinator = new Coordinator(cluster, pipeline.source.groupId);
    this.coordinator = coordinator;
    this.fetcher = new Fetcher({
      client: new FakeClient(),
      cluster,
      source: pipeline.source,
      clock,
      events: {
        outOfRange: (held, divergedAt) => void this.holdings.outOfRange(held, divergedAt),
        unknownTopic: (held) => void this.holdings.unknownTopic(held),
        unreadable: (held, cause) => this.holdings.stopReading(held, cause as MillraceError),
        denied: () => {},
        answered: () => {},
      },
    });
    const committer = new Committer({
      pipeline: pipeline.id,
      groupId: pipeline.source.groupId,
      instanceId: pipeline.source.instanceId,
      coordinator,
      clock,
      intervalMs: 1000,
      clientId: 'a test',
      identity: () => this.identity(),
      held: () => this.holdings.all,
      onFenced: (cause) => this.onFenced(cause),
      onDenied: () => {},
      onAnswered: () => {},
    });
    this.holdings = new Holdings({
      pipeline,
      cluster,
      coordinator,
      committer,
      fetcher: this.fetcher,
      intake,
      clock,
      onFatal: (cause) => this.fatal.push(cause),
    });
  }

  /** Adopts partitions of `orders`, and waits for what that does. */
  async adopt(...partitions: number[]): Promise<Held[]> {
    this.holdings.adopt(partitions.map((partition) => ({ topic: 'orders', partition })));
    await turn();
    return partitions.map((partition) => this.held(partition));
  }

  held(partition: number): Held {
    const held = this.holdings.get('orders', partition);
    if (!held) throw new Error(`orders/${partition} is not held`);
    return held;
  }

  /** Where each epoch of a member began, as `topic/partition@start`, with what was committed. */
  get started(): string[] {
    return this.intake.assigned.map(
      ({ name, start, committed }) => `${name}@${start} committed ${committed}`,
    );
  }

  /** What the fetches that wait at the brokers ask for, as `topic/partition@offset`. */
  get fetching(): string[] {
    return [...this.cluster.brokers.values()]
      .flatMap((broker) => broker.of('Fetch').filter(({ isAnswered }) => !isAnswered))
      .flatMap(({ body }) => body.partitions)
      .map(({ topic, partition, offset }) => `${topic}/${partition}@${offset}`);
  }

  /** Commits that left, as `topic/partition@offset`. */
  get commits(): string[] {
    return [...this.cluster.brokers.values()]
      .flatMap((broker) => broker.of('OffsetCommit'))
      .flatMap(({ body }) => body.partitions)
      .map(({ topic, partition, offset }) => `${topic}/${partition}@${offset}`);
  }
}

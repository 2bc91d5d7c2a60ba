import type { TopicPartitions } from '../../src/kafka/assigner/topic-partitions.ts';
import { groupAssigner } from '../../src/kafka/seam/group-assigner.ts';
import { GroupSession } from '../../src/kafka/seam/group-session.ts';
import { FakeClock } from './clock.ts';
import { FakeCluster } from './fake-cluster.ts';
import { answerJoins, type FakeConsumer, FakeKafka } from './fake-kafka.ts';

/** A session over a fake of kafkajs, and what it reports, in order. */
export class SessionRig {
  readonly clock: FakeClock = new FakeClock();
  readonly cluster: FakeCluster = new FakeCluster({ orders: [1, 1] });
  readonly kafka: FakeKafka = new FakeKafka(this.cluster);
  readonly events: string[] = [];
  /** What the next join claims. */
  owned: readonly TopicPartitions[] = [];
  readonly session: GroupSession;

  constructor(
    memberId = '',
    {
      instanceId = null,
      generation = -1,
    }: { instanceId?: string | null; generation?: number } = {},
  ) {
    answerJoins(this.cluster, { memberId: 'm-1', generation: 4 });
    this.session = new GroupSession({
      kafka: this.kafka.asKafka,
      clock: this.clock,
      groupId: 'orders-svc',
      topics: ['orders', 'bills'],
      memberId,
      instanceId,
      generation,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 60_000,
      heartbeatIntervalMs: 3000,
      metadataMaxAgeMs: 5000,
      assigner: (cluster) =>
        groupAssigner(cluster, () => ({ topics: ['orders'], owned: this.owned, generation: -1 })),
      events: {
        joining: () => this.events.push('joining'),
        renamed: () => this.events.push('renamed'),
        missed: () => this.events.push('missed'),
        replaced: () => this.events.push('replaced'),
        joined: ({ memberId: id, generation, assignment }) =>
          this.events.push(`joined ${id} ${generation} ${JSON.stringify(assignment)}`),
        alive: () => this.events.push('alive'),
        crashed: (cause) => this.events.push(`crashed ${cause.message}`),
      },
    });
  }

  get consumer(): FakeConsumer {
    return this.kafka.last;
  }

  /** Events since the last look. */
  take(): string[] {
    return this.events.splice(0);
  }

  /** Member ids in the JoinGroup requests so far. */
  get joins(): unknown[] {
    return this.cluster
      .broker(1)
      .groupCallsOf('joinGroup')
      .map(({ request }) => request['memberId']);
  }
}

import type { Consumer, ConsumerConfig, Kafka, PartitionAssigner } from 'kafkajs';
import type { Client } from '../../src/kafka/client.ts';
import type { Broker } from '../../src/kafka/seam/cluster.ts';
import { FakeCluster } from './fake-cluster.ts';

type Assigner = ReturnType<PartitionAssigner>;

/** An assignment as kafkajs gives it with GROUP_JOIN. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

/** kafkajs's consumer as our session sees it; the test plays its loop by hand. */
export class FakeConsumer {
  readonly config: ConsumerConfig;
  /** The cluster that the assigner got, and that our session has put its stand-ins into. */
  readonly cluster: FakeCluster;
  readonly assigner: Assigner;
  /** What was called, in order. */
  readonly calls: string[] = [];
  /** Arguments of `run`. */
  runs: Record<string, unknown>[] = [];
  onConnect: () => Promise<void> = () => Promise.resolve();
  onSubscribe: () => Promise<void> = () => Promise.resolve();
  onDisconnect: () => Promise<void> = () => Promise.resolve();
  /** The id that kafkajs believes to have. */
  memberId = '';
  readonly #listeners = new Map<string, (event: { payload: unknown }) => void>();

  constructor(config: ConsumerConfig, cluster: FakeCluster) {
    this.config = config;
    this.cluster = cluster;
    const [assigner] = config.partitionAssigners ?? [];
    if (!assigner) throw new Error('a consumer of ours has an assigner');
    this.assigner = assigner({ cluster } as unknown as Parameters<PartitionAssigner>[0]);
  }

  readonly events = { CRASH: 'consumer.crash', GROUP_JOIN: 'consumer.group_join' } as const;

  on(name: string, listener: (event: { payload: unknown }) => void): void {
    this.#listeners.set(name, listener);
  }

  connect(): Promise<void> {
    this.calls.push('connect');
    return this.onConnect();
  }

  subscribe({ topics }: { topics: readonly string[] }): Promise<void> {
    this.calls.push(`subscribe ${topics.join()}`);
    return this.onSubscribe();
  }

  run(options: Record<string, unknown>): Promise<void> {
    this.calls.push('run');
    this.runs.push(options);
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    this.calls.push('disconnect');
    return this.onDisconnect();
  }

  crash(error: Error): void {
    this.#listeners.get(this.events.CRASH)?.({ payload: { error } });
  }

  /** The coordinator as kafkajs sees it. */
  coordinator(): Promise<Broker> {
    return this.cluster.findGroupCoordinator({ groupId: this.config.groupId });
  }

  /**
   * A join as kafkajs makes it: JoinGroup with what the assigner says, SyncGroup, then the event. Returns the metadata that was
   * sent. The brokers' answers come from `answerJoins` or from the test.
   */
  async join(assignment: Assignment): Promise<Buffer> {
    const { name, metadata } = this.assigner.protocol({ topics: [] });
    const coordinator = await this.coordinator();
    const answer = await coordinator.joinGroup({
      groupId: this.config.groupId,
      memberId: this.memberId,
      groupProtocols: [{ name, metadata }],
    });
    this.memberId = answer.memberId;
    await coordinator.syncGroup({ generationId: answer.generationId, memberId: answer.memberId });
    this.#listeners.get(this.events.GROUP_JOIN)?.({ payload: { memberAssignment: assignment } });
    return metadata;
  }

  /** One round of kafkajs's fetch loop. */
  async round(nodeId = 1): Promise<unknown> {
    await this.cluster.refreshMetadataIfNecessary();
    const broker = await this.cluster.findBroker({ nodeId });
    return broker.fetch({});
  }
}

/** Makes consumers that share one cluster, each with its own look at it. */
export class FakeKafka {
  readonly consumers: FakeConsumer[] = [];
  /** Called for each new consumer. */
  onConsumer: (consumer: FakeConsumer) => void = () => {};
  readonly #cluster: FakeCluster;

  constructor(cluster: FakeCluster) {
    this.#cluster = cluster;
  }

  consumer(config: ConsumerConfig): FakeConsumer {
    const consumer = new FakeConsumer(config, new FakeCluster({}, this.#cluster));
    this.consumers.push(consumer);
    this.onConsumer(consumer);
    return consumer;
  }

  /** The consumer of the latest session. */
  get last(): FakeConsumer {
    const consumer = this.consumers.at(-1);
    if (!consumer) throw new Error('no session was opened');
    return consumer;
  }

  /** Seen as the type that our code asks for. */
  get asKafka(): Kafka {
    return this as unknown as Kafka & { consumer(): Consumer };
  }
}

/** A client whose connections are not there; remembers which were cut. */
export class FakeClient implements Client {
  readonly kafka: Kafka;
  lastError: string | null = null;
  isStarting = false;
  readonly cuts: string[] = [];

  constructor(kafka: FakeKafka = new FakeKafka(new FakeCluster())) {
    this.kafka = kafka.asKafka;
  }

  cut(host: string, port: number): void {
    this.cuts.push(`${host}:${port}`);
  }
}

/** Lets the coordinators of a cluster answer every join with this id and generation, and everything else that a group needs. */
export function answerJoins(
  cluster: FakeCluster,
  { memberId, generation }: { memberId: string; generation: number },
): void {
  for (const broker of cluster.brokers.values()) {
    broker.onGroupCall = ({ name }) =>
      name === 'joinGroup' ? { memberId, generationId: generation, leaderId: 'another' } : {};
  }
}

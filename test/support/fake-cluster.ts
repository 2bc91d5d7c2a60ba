import type { Cluster, PartitionMetadata } from '../../src/kafka/seam/cluster.ts';
import { FakeBroker } from './fake-broker.ts';

/** kafkajs's view of a cluster, without a network: brokers are fakes, metadata is what the test says. */
export class FakeCluster implements Cluster {
  readonly brokers: ReadonlyMap<number, FakeBroker>;
  /** Leader of each partition, by topic; -1 is none. A topic that is missing does not exist. */
  readonly topics: Map<string, number[]>;
  readonly targetTopics: Set<string> = new Set();
  /** Brokers that can't be reached. */
  readonly down: Set<number> = new Set();
  /** What was asked of the cluster itself, in order. */
  readonly log: string[] = [];
  /** Node that coordinates every group. */
  coordinatorId: number;
  onConnect: () => Promise<void> = () => Promise.resolve();
  onDisconnect: () => Promise<void> = () => Promise.resolve();
  onRefresh: () => Promise<void> = () => Promise.resolve();
  onFindCoordinator: () => Promise<void> = () => Promise.resolve();
  onAddTopics: (topics: readonly string[]) => Promise<void> = () => Promise.resolve();
  /** Names of all topics, as a look at the whole cluster gives them. */
  onMetadata: () => Promise<readonly { topic: string; isInternal?: boolean }[]> = () =>
    Promise.resolve([...this.topics.keys()].map((topic) => ({ topic })));

  /** Two brokers, 1 and 2, the first of which coordinates; or another look at the cluster `shared`. */
  constructor(topics: Readonly<Record<string, readonly number[]>> = {}, shared?: FakeCluster) {
    this.brokers = shared?.brokers ?? new Map([1, 2].map((id) => [id, new FakeBroker(id)]));
    this.coordinatorId = shared?.coordinatorId ?? 1;
    this.topics = shared?.topics ?? new Map();
    for (const [topic, leaders] of Object.entries(topics)) this.topics.set(topic, [...leaders]);
  }

  broker(nodeId: number): FakeBroker {
    const broker = this.brokers.get(nodeId);
    if (!broker) throw new Error(`the test has no broker ${nodeId}`);
    return broker;
  }

  get coordinator(): FakeBroker {
    return this.broker(this.coordinatorId);
  }

  /** How often `what` was asked of the cluster. */
  count(what: string): number {
    return this.log.filter((entry) => entry === what).length;
  }

  connect(): Promise<void> {
    this.log.push('connect');
    return this.onConnect();
  }

  disconnect(): Promise<void> {
    this.log.push('disconnect');
    return this.onDisconnect();
  }

  findBroker({ nodeId }: { nodeId: number | string }): Promise<FakeBroker> {
    const broker = this.brokers.get(Number(nodeId));
    if (!broker || this.down.has(broker.nodeId)) {
      return Promise.reject(clientError('KafkaJSBrokerNotFound'));
    }
    return Promise.resolve(broker);
  }

  async findGroupCoordinator(_options: { groupId: string }): Promise<FakeBroker> {
    this.log.push('coordinator');
    await this.onFindCoordinator();
    return this.findBroker({ nodeId: this.coordinatorId });
  }

  refreshMetadata(): Promise<void> {
    this.log.push('refresh');
    return this.onRefresh();
  }

  refreshMetadataIfNecessary(): Promise<void> {
    return Promise.resolve();
  }

  addMultipleTargetTopics(topics: readonly string[]): Promise<void> {
    this.log.push(`topics ${topics.join()}`);
    return this.onAddTopics(topics);
  }

  findTopicPartitionMetadata(topic: string): PartitionMetadata[] {
    const leaders = this.topics.get(topic) ?? [];
    return leaders.map((leader, partitionId) => ({ partitionId, leader, partitionErrorCode: 0 }));
  }

  async metadata({ topics }: { topics: readonly string[] }): Promise<{
    topicMetadata: readonly { topic: string; isInternal?: boolean }[];
  }> {
    this.log.push(`metadata ${topics.join()}`);
    return { topicMetadata: await this.onMetadata() };
  }

  removeBroker({ host, port }: { host: string; port: number }): void {
    this.log.push(`remove ${host}:${port}`);
  }
}

/** An error of kafkajs itself, not of the broker: known by its name. */
export function clientError(name: string, message: string = name): Error {
  return Object.assign(new Error(message), { name });
}

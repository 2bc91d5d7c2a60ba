import type { TlsOptions } from 'node:tls';
import type { Clock } from '../contract/clock.ts';
import type { ClusterNode } from './cluster-node.ts';
import { Configs } from './configs/configs.ts';
import { Groups } from './groups/groups.ts';
import type { Interceptor } from './interception.ts';
import { RequestLog } from './request-log.ts';
import { Credentials, type Mechanism } from './security/credentials.ts';
import { SaslSession, type SaslTerms } from './security/sasl-session.ts';
import type { Topic } from './topic.ts';
import { newId, Topics } from './topics.ts';
import { Transactions } from './transactions/transactions.ts';

/** What a cluster is made with. */
export interface ClusterSettings {
  /** Number of nodes; their ids are 1 to n. */
  readonly nodes: number;
  /** For all timers. */
  readonly clock: Clock;
  /** Wall clock for the times of records, ms since 1970. */
  readonly nowMs: () => number;
  /** Broker configs by Kafka's names; what is not given has Kafka's default. */
  readonly configs: Readonly<Record<string, string>>;
  /** Who may log in, and how; null where nobody has to. */
  readonly sasl: {
    readonly users: Readonly<Record<string, string>>;
    readonly mechanisms: readonly Mechanism[];
  } | null;
  /** null: connections are plain TCP. */
  readonly tls: TlsOptions | null;
  /** Told of an exception that is no answer to a client but a fault of this broker. */
  readonly onFault: (fault: unknown) => void;
}

/**
 * What all nodes of a cluster share: topics and their logs, groups, configs. Nodes only carry requests to it. Things that
 * take Kafka a moment, such as replication and elections, happen at once.
 */
export class Cluster {
  readonly id: string = newId();
  readonly clock: Clock;
  readonly nowMs: () => number;
  readonly onFault: (fault: unknown) => void;
  readonly configs: Configs;
  readonly topics: Topics;
  readonly groups: Groups;
  readonly transactions: Transactions;
  readonly requests: RequestLog = new RequestLog();
  /** Has a say in each request; null when nobody has. */
  interceptor: Interceptor | null = null;
  readonly tls: TlsOptions | null;
  readonly #sasl: SaslTerms | null;
  readonly #nodes: ClusterNode[] = [];
  #connectionId = 0;

  constructor({ nodes, clock, nowMs, configs, sasl, tls, onFault }: ClusterSettings) {
    this.tls = tls;
    this.clock = clock;
    this.nowMs = nowMs;
    this.onFault = onFault;
    this.configs = new Configs(configs);
    this.#sasl = sasl && {
      credentials: new Credentials(sasl.users),
      mechanisms: sasl.mechanisms,
      lifetimeMs: this.configs.number('connections.max.reauth.ms'),
      clock,
    };
    this.topics = new Topics({
      ids: Array.from({ length: nodes }, (_, i) => i + 1),
      liveIds: () => this.liveNodes().map(({ id }) => id),
    });
    this.groups = new Groups({
      clock,
      settings: groupSettings(this.configs),
      liveNodes: () => this.liveNodes(),
      hasPartition: (topic, index) => this.topics.partition(topic, index) !== undefined,
    });
    this.transactions = new Transactions({
      clock,
      nowMs,
      maxTimeoutMs: this.configs.number('transaction.max.timeout.ms'),
      coordinatorOf: (transactionalId) => this.groups.coordinatorOf(transactionalId)?.id ?? null,
      mark: ({ topic, index }, { outcome, producerId, epoch }) =>
        this.topics.partition(topic, index)?.mark(outcome, producerId, epoch, this.nowMs()),
      completeOffsets: (producerId, isCommit) =>
        this.groups.completeTransaction(producerId, isCommit),
    });
  }

  /** In the order of their ids. */
  get nodes(): readonly ClusterNode[] {
    return this.#nodes;
  }

  /** The first node that is up; -1 when none is. */
  get controllerId(): number {
    return this.liveNodes()[0]?.id ?? -1;
  }

  liveNodes(): ClusterNode[] {
    return this.#nodes.filter(({ isUp }) => isUp);
  }

  isUp(nodeId: number): boolean {
    return this.#nodes.some(({ id, isUp }) => id === nodeId && isUp);
  }

  /** To be called for each node before its first request. */
  join(node: ClusterNode): void {
    this.#nodes.push(node);
  }

  /** The login of a new connection; null where nobody has to log in. */
  newSaslSession(): SaslSession | null {
    return this.#sasl && new SaslSession(this.#sasl);
  }

  /** A number for a connection, unique in the cluster. */
  nextConnectionId(): number {
    return this.#connectionId++;
  }

  /** The node has gone down or come up: its partitions and groups go to where they are led now. */
  nodeChanged(node: ClusterNode): void {
    for (const partition of this.topics.partitions()) {
      if (node.isUp) partition.nodeUp(node.id);
      else partition.nodeDown(node.id);
    }
    this.groups.nodesChanged();
  }

  deleteTopic(topic: Topic): void {
    this.topics.delete(topic);
    this.groups.topicDeleted(topic.name);
  }

  /** Stops all timers. To be called when all nodes are down. */
  close(): void {
    this.groups.close();
    this.transactions.close();
  }
}

const groupSettings = (configs: Configs): ConstructorParameters<typeof Groups>[0]['settings'] => ({
  initialRebalanceDelayMs: configs.number('group.initial.rebalance.delay.ms'),
  minSessionTimeoutMs: configs.number('group.min.session.timeout.ms'),
  maxSessionTimeoutMs: configs.number('group.max.session.timeout.ms'),
  maxMembers: configs.number('group.max.size'),
  maxOffsetMetadataLength: configs.number('offset.metadata.max.bytes'),
});

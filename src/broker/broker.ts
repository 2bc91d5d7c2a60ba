import type { TlsOptions } from 'node:tls';
import { type Clock, systemClock } from '../contract/clock.ts';
import { MillraceError } from '../contract/errors.ts';
import { AdvancingClock } from './advancing-clock.ts';
import { appendProduced } from './append-produced.ts';
import { Cluster } from './cluster.ts';
import { ClusterNode } from './cluster-node.ts';
import type { Interceptor } from './interception.ts';
import { Batch } from './log/batch.ts';
import type { Partition } from './partition.ts';
import type { RequestEntry } from './request-log.ts';
import { MECHANISMS, type Mechanism } from './security/credentials.ts';
import type { Appended } from './sequences.ts';
import type { Topic } from './topic.ts';
import { planTopic } from './topic-plan.ts';

/** How an embedded broker is started. */
export interface EmbeddedBrokerOptions {
  /** Number of brokers, each on a port of its own; default 1. */
  readonly brokers?: number;
  /** Port of the first one, the others have those behind it; default 0: any that are free. */
  readonly port?: number;
  /** Address that it listens on, of this machine only: 127.0.0.1 (default), ::1 or localhost. */
  readonly host?: string;
  /** Topics that are there from the start: numbers of partitions by name. */
  readonly topics?: Readonly<Record<string, number>>;
  /** Whether a topic is made when a client first asks for it; default true, as in Kafka. */
  readonly autoCreateTopics?: boolean;
  /** What `broker.clock` goes by when it is not advanced; default the machine's. */
  readonly clock?: Clock;
  /** Wall clock, ms since 1970; default the machine's. */
  readonly nowMs?: () => number;
  /** Broker configs by Kafka's names, such as `num.partitions`. */
  readonly configs?: Readonly<Record<string, string>>;
  /** Passwords by user, and the mechanisms that may be used (default all); without it nobody has to log in. */
  readonly sasl?: {
    readonly users: Readonly<Record<string, string>>;
    readonly mechanisms?: readonly Mechanism[];
  };
  /** As for `tls.createServer`: at least `key` and `cert`; without it connections are plain TCP. */
  readonly tls?: TlsOptions;
  /** Told of exceptions that are faults of the broker itself; default: a warning of the process. */
  readonly onFault?: (fault: unknown) => void;
}

/** What a topic is made with. */
export interface TopicOptions {
  /** Default `num.partitions`. */
  readonly partitions?: number;
  /** Default `default.replication.factor`. */
  readonly replicationFactor?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/**
 * A Kafka cluster inside this process, for development and tests: it speaks Kafka's protocol on loopback, keeps everything in
 * memory, and forgets it when it is closed.
 */
export class EmbeddedBroker {
  /** The shared state of all nodes, for who needs more than there is here. */
  readonly cluster: Cluster;
  /**
   * What all its timers go by. `advance(ms)` brings on at once what would come in that time: sessions and rebalances that time out, the end of
   * the first wait of a group, transactions that are aborted. A member stays if its session is longer than the leap.
   */
  readonly clock: AdvancingClock;

  private constructor(cluster: Cluster, clock: AdvancingClock) {
    this.cluster = cluster;
    this.clock = clock;
  }

  /** Throws MR360 for a host that is not this machine, MR361 when a port is taken. */
  static async start(options: EmbeddedBrokerOptions = {}): Promise<EmbeddedBroker> {
    const { brokers = 1, port = 0, host = '127.0.0.1', autoCreateTopics = true } = options;
    if (!LOOPBACK.includes(host)) {
      throw new MillraceError(
        'MR360',
        `The embedded broker cannot listen on ${host}. It has no access control and keeps nothing on disk, so it takes this machine only: use ${LOOPBACK.join(', ')}.`,
        { facts: { host } },
      );
    }
    const clock = new AdvancingClock(options.clock ?? systemClock);
    const cluster = new Cluster({
      nodes: brokers,
      clock,
      nowMs: options.nowMs ?? Date.now,
      configs: { 'auto.create.topics.enable': String(autoCreateTopics), ...options.configs },
      sasl: options.sasl ? { mechanisms: MECHANISMS, ...options.sasl } : null,
      tls: options.tls ?? null,
      onFault: options.onFault ?? warn,
    });
    const broker = new EmbeddedBroker(cluster, clock);
    for (let id = 1; id <= brokers; id++) {
      cluster.join(new ClusterNode(id, cluster, host, port === 0 ? 0 : port + id - 1));
    }
    try {
      for (const node of cluster.nodes) await node.goUp();
    } catch (cause) {
      await broker.close();
      throw taken(cause, port, brokers);
    }
    for (const [name, partitions] of Object.entries(options.topics ?? {})) {
      broker.createTopic(name, { partitions });
    }
    return broker;
  }

  /** The addresses of all brokers, as clients take them: host:port, with commas between. */
  get bootstrap(): string {
    return this.addresses.join(',');
  }

  /** host:port of each broker, in the order of their ids. */
  get addresses(): string[] {
    return this.cluster.nodes.map(
      ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
    );
  }

  /** The last requests that came in, at most 10,000. */
  get requests(): readonly RequestEntry[] {
    return this.cluster.requests.entries();
  }

  /** Has a say in each request from now on, instead of whoever had one; null ends it. */
  intercept(interceptor: Interceptor | null): void {
    this.cluster.interceptor = interceptor;
  }

  /** Throws a Refusal, such as TOPIC_ALREADY_EXISTS. */
  createTopic(name: string, options: TopicOptions = {}): void {
    const { partitions = -1, replicationFactor = -1, configs = {} } = options;
    const wish = { name, numPartitions: partitions, replicationFactor, assignments: [] };
    const values = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
    this.cluster.topics.create(planTopic(this.cluster, { ...wish, configs: values }));
  }

  /** Appends a record batch as a producer's, with all checks. Throws a Refusal, such as CORRUPT_MESSAGE. */
  produce(topic: string, partition: number, batch: Buffer): Appended {
    const [known, part] = this.#place(topic, partition);
    const terms = { needsAllReplicas: false, allowsZstd: true };
    return appendProduced(this.cluster, known, part, Buffer.from(batch), terms);
  }

  /**
   * Puts record batches into the log as they are, whatever they hold: control records, a wrong checksum, no records, a gap before
   * the base offset. Throws RangeError when a base offset is below the end of the log.
   */
  produceRaw(topic: string, partition: number, ...batches: readonly Buffer[]): void {
    const [, part] = this.#place(topic, partition);
    for (const batch of batches) part.log.put(new Batch(Buffer.from(batch)));
    part.changed.ring();
  }

  /** First and next offset of a partition. */
  offsets(topic: string, partition: number): { start: bigint; end: bigint } {
    const [, { log }] = this.#place(topic, partition);
    return { start: log.startOffset, end: log.endOffset };
  }

  /** Forgets all records below the offset. Throws a Refusal, OFFSET_OUT_OF_RANGE, when it is above the end. */
  deleteRecordsBefore(topic: string, partition: number, offset: bigint): void {
    const [, part] = this.#place(topic, partition);
    part.log.deleteBefore(offset);
    part.changed.ring();
  }

  /**
   * Takes back the batches that reach up to the offset or behind it, as when a leader is elected that did not have them: what is produced
   * then gets their offsets, in a new leader epoch.
   */
  truncate(topic: string, partition: number, offset: bigint): void {
    this.#place(topic, partition)[1].truncate(offset);
  }

  /** Compacts a partition now, whatever `cleanup.policy` says; nothing else ever does. */
  compact(topic: string, partition: number): void {
    this.#place(topic, partition)[1].log.compact();
  }

  /** Takes a broker down as if it had been killed: connections are cut, what it led goes to others that can lead it. */
  async takeDown(nodeId: number): Promise<void> {
    await this.#node(nodeId).goDown();
  }

  /** Brings it up again, on the port that it had. */
  async bringUp(nodeId: number): Promise<void> {
    await this.#node(nodeId).goUp();
  }

  /** Has another replica lead the partition, in a new epoch. Throws RangeError when it cannot. */
  moveLeader(topic: string, partition: number, nodeId: number): void {
    this.#place(topic, partition)[1].lead(nodeId);
  }

  /** Has another broker coordinate the group, as long as it is up. */
  moveCoordinator(groupId: string, nodeId: number): void {
    this.cluster.groups.moveCoordinator(groupId, nodeId);
  }

  async close(): Promise<void> {
    await Promise.all(this.cluster.nodes.map((node) => node.goDown()));
    this.cluster.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #node(nodeId: number): ClusterNode {
    const node = this.cluster.nodes.find(({ id }) => id === nodeId);
    if (node === undefined) throw new RangeError(`There is no broker ${nodeId}.`);
    return node;
  }

  #place(name: string, index: number): [Topic, Partition] {
    const topic = this.cluster.topics.get(name);
    const partition = topic?.partitions[index];
    if (topic === undefined || partition === undefined) {
      throw new RangeError(`There is no partition ${name}/${index}.`);
    }
    return [topic, partition];
  }
}

const warn = (fault: unknown): void => {
  process.emitWarning(fault instanceof Error ? fault : String(fault), 'EmbeddedBrokerFault');
};

function taken(cause: unknown, port: number, brokers: number): unknown {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  if (!isTaken) return cause;
  const ports =
    brokers === 1 ? `Port ${port} is` : `One of the ports ${port} to ${port + brokers - 1} is`;
  const text = `${ports} in use by another process. Stop it, or give the embedded broker another port.`;
  return new MillraceError('MR361', text, { facts: { port, brokers }, cause });
}

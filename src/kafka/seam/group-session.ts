import type { Consumer, Kafka, PartitionAssigner } from 'kafkajs';
import type { Clock } from '../../contract/clock.ts';
import { invariant } from '../../contract/invariant.ts';
import { type Broker, type Cluster, isCluster, type JoinAnswer } from './cluster.ts';
import { errorFromCode } from './internals.ts';
import { Pacer } from './pacer.ts';

/** Names of the group protocol's errors, as kafkajs gives them in `type`. */
const REBALANCE_IN_PROGRESS = 27;

/** What a session reports. */
export interface SessionEvents {
  /** JoinGroup is about to be sent: owned partitions are read now, nothing may be given away until it is answered. */
  joining(): void;
  /** The broker gave this member another id than it had: everything held is lost. */
  renamed(): void;
  /** A new generation with its assignment. */
  joined(join: {
    memberId: string;
    generation: number;
    assignment: Record<string, number[]>;
  }): void;
  /** The coordinator has heard from this member. */
  alive(): void;
  /** kafkajs gave up; the session is over. */
  crashed(cause: Error): void;
}

export interface SessionOptions {
  readonly kafka: Kafka;
  readonly clock: Clock;
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Id of this member from an earlier session that may still be alive; '' for a new member. */
  readonly memberId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly metadataMaxAgeMs: number;
  readonly assigner: (cluster: Cluster) => ReturnType<PartitionAssigner>;
  readonly events: SessionEvents;
}

/**
 * One life of kafkajs's consumer, used for the group protocol alone: joining, syncing, heartbeats, leaving. Its fetch loop
 * fetches nothing, its handler is never called, its offsets are never read. The coordinator and the brokers that it sees are
 * stand-ins through which we see each answer, look a dead coordinator up anew, and keep the member's id over a crash.
 */
export class GroupSession {
  readonly #options: SessionOptions;
  readonly #consumer: Consumer;
  readonly #pacer: Pacer;
  #memberId: string;
  #generation = -1;
  #phase: 'idle' | 'joining' | 'stable' = 'idle';
  #join: Promise<JoinAnswer> | null = null;
  #isSyncing = false;
  /** When the join that is going on, or has failed, last made a step. */
  #steppedMs = 0;
  #isLeaving = false;
  #isOver = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#memberId = options.memberId;
    // Each broker has a loop of its own; short rounds keep the heartbeat within a fraction of its interval.
    this.#pacer = new Pacer(options.clock, Math.min(options.heartbeatIntervalMs, 1000));
    this.#consumer = options.kafka.consumer({
      groupId: options.groupId,
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: options.rebalanceTimeoutMs,
      heartbeatInterval: options.heartbeatIntervalMs,
      metadataMaxAge: options.metadataMaxAgeMs,
      maxWaitTimeInMs: Math.min(options.heartbeatIntervalMs, 1000),
      allowAutoTopicCreation: false,
      retry: {
        retries: 50,
        initialRetryTime: 100,
        multiplier: 1.5,
        maxRetryTime: 3000,
        restartOnFailure: () => Promise.resolve(false),
      },
      partitionAssigners: [({ cluster }) => this.#takeCluster(cluster as unknown as Cluster)],
    });
    const { CRASH, GROUP_JOIN } = this.#consumer.events;
    this.#consumer.on(CRASH, ({ payload }) => this.#crashed(payload.error));
    this.#consumer.on(GROUP_JOIN, ({ payload }) => this.#joined(payload));
  }

  get memberId(): string {
    return this.#memberId;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Whether JoinGroup was sent and SyncGroup isn't answered. */
  get isJoining(): boolean {
    return this.#phase === 'joining';
  }

  /** Connects and starts to join. Resolves before the first assignment, which comes as an event. */
  async start(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: () => Promise.reject(new Error('Records come through our own fetch.')),
    });
  }

  /** Joins again, to let the group give away what this member no longer owns. */
  rejoin(): void {
    this.#pacer.demand(errorFromCode(REBALANCE_IN_PROGRESS));
  }

  /** Ends the session. `leave`: tells the group; otherwise the member stays in it until its session times out. */
  async stop(leave: boolean): Promise<void> {
    this.#isOver = true;
    this.#isLeaving = leave;
    this.#pacer.stop();
    await this.#consumer.disconnect();
  }

  #takeCluster(cluster: Cluster): ReturnType<PartitionAssigner> {
    invariant(isCluster(cluster), 'kafkajs hands its cluster to a partition assigner');
    const findCoordinator = cluster.findGroupCoordinator.bind(cluster);
    const findBroker = cluster.findBroker.bind(cluster);
    const refresh = cluster.refreshMetadataIfNecessary.bind(cluster);
    // The first thing of each round of kafkajs's loop, whether it leads to a fetch or not.
    cluster.refreshMetadataIfNecessary = async () => {
      await refresh();
      if (this.#isAdrift) throw errorFromCode(REBALANCE_IN_PROGRESS);
    };
    cluster.findGroupCoordinator = async (options) =>
      this.#coordinator(await findCoordinator(options), () => findCoordinator(options));
    cluster.findBroker = async (options) => {
      const broker = await findBroker(options);
      return standIn(broker, { fetch: () => this.#pacer.round().then(() => ({ responses: [] })) });
    };
    return this.#options.assigner(cluster);
  }

  /** The coordinator as kafkajs sees it. `find` looks it up anew: kafkajs itself keeps talking to a dead one. */
  #coordinator(first: Broker, find: () => Promise<Broker>): Broker {
    let broker = first;
    return standIn(first, {
      joinGroup: (request) => this.#joinGroup(broker, request),
      syncGroup: (request) => this.#syncGroup(broker, request),
      heartbeat: async (request) => {
        try {
          const answer = await broker.heartbeat(request);
          this.#options.events.alive();
          return answer;
        } catch (error) {
          if ((error as { code?: unknown }).code === REBALANCE_IN_PROGRESS)
            this.#options.events.alive();
          if (!isCoordinatorGone(error)) throw error;
          broker = await find();
          const answer = await broker.heartbeat(request);
          this.#options.events.alive();
          return answer;
        }
      },
      leaveGroup: async (request) => (this.#isLeaving ? broker.leaveGroup(request) : undefined),
      // kafkajs asks for offsets only to fill its own fetch requests, which never leave.
      offsetFetch: (request) => Promise.resolve(zeroOffsets(request)),
    });
  }

  /** Joins once at a time: kafkajs may start several joins at once when metadata has changed. */
  #joinGroup(broker: Broker, request: Record<string, unknown>): Promise<JoinAnswer> {
    this.#join ??= this.#joinOnce(broker, request).finally(() => {
      this.#join = null;
    });
    return this.#join;
  }

  async #joinOnce(broker: Broker, request: Record<string, unknown>): Promise<JoinAnswer> {
    this.#phase = 'joining';
    this.#stepped();
    this.#options.events.joining();
    const known = (request['memberId'] as string) || this.#memberId;
    try {
      const answer = await broker.joinGroup({ ...request, memberId: known });
      const isRenamed = this.#memberId !== '' && answer.memberId !== this.#memberId;
      this.#memberId = answer.memberId;
      this.#generation = answer.generationId;
      this.#options.events.alive();
      if (isRenamed) this.#options.events.renamed();
      return answer;
    } catch (error) {
      // The broker has forgotten this id: kafkajs tries again without one, and so do we.
      if ((error as { type?: unknown }).type === 'UNKNOWN_MEMBER_ID') this.#forgetId();
      throw error;
    } finally {
      this.#stepped();
    }
  }

  async #syncGroup(broker: Broker, request: Record<string, unknown>): Promise<unknown> {
    this.#isSyncing = true;
    try {
      const answer = await broker.syncGroup(request);
      this.#phase = 'stable';
      this.#options.events.alive();
      return answer;
    } finally {
      this.#isSyncing = false;
      this.#stepped();
    }
  }

  #stepped(): void {
    this.#steppedMs = this.#options.clock.now();
  }

  /**
   * Whether kafkajs goes on as if it were a member though its last join has failed half-way, which it does when the answer to a
   * JoinGroup or SyncGroup is lost: with the new generation, but never with its assignment; or without an id, and no heartbeat then.
   */
  get #isAdrift(): boolean {
    if (this.#phase !== 'joining' || this.#join || this.#isSyncing) return false;
    return this.#options.clock.now() - this.#steppedMs >= this.#options.heartbeatIntervalMs;
  }

  #forgetId(): void {
    if (this.#memberId === '') return;
    this.#memberId = '';
    this.#options.events.renamed();
  }

  #joined(payload: { memberAssignment: Record<string, number[]> }): void {
    if (this.#isOver) return;
    invariant(this.#generation >= 0, 'a member joins through the coordinator that we handed out');
    this.#options.events.joined({
      memberId: this.#memberId,
      generation: this.#generation,
      assignment: payload.memberAssignment,
    });
  }

  #crashed(cause: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.events.crashed(cause);
  }
}

/** The broker with some of its methods replaced; the others work on the broker itself. */
function standIn(broker: Broker, methods: Partial<Broker>): Broker {
  return new Proxy(broker, {
    get(target, name) {
      const replaced = methods[name as keyof Broker];
      if (replaced !== undefined) return replaced;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const isCoordinatorGone = (error: unknown): boolean => {
  const { name, type } = error as { name?: unknown; type?: unknown };
  return (
    type === 'NOT_COORDINATOR_FOR_GROUP' ||
    type === 'GROUP_COORDINATOR_NOT_AVAILABLE' ||
    name === 'KafkaJSConnectionError' ||
    name === 'KafkaJSConnectionClosedError' ||
    name === 'KafkaJSRequestTimeoutError'
  );
};

function zeroOffsets(request: Record<string, unknown>): unknown {
  const topics = request['topics'] as { topic: string; partitions: { partition: number }[] }[];
  return {
    errorCode: 0,
    responses: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({
        partition,
        offset: '0',
        metadata: null,
        errorCode: 0,
      })),
    })),
  };
}

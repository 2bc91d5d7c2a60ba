import type { Consumer, PartitionAssigner } from 'kafkajs';
import { invariant } from '../../contract/invariant.ts';
import type { TopicPartitions } from '../assigner/topic-partitions.ts';
import { type Broker, type Cluster, isCluster, type JoinAnswer } from './cluster.ts';
import { errorFromCode } from './internals.ts';
import { claimsOf, isOwing } from './owed.ts';
import { Pacer } from './pacer.ts';
import { ReturnCheck } from './return-check.ts';
import type { SessionOptions } from './session-options.ts';
import { standIn } from './stand-in.ts';
import { isFenced, withInstanceId } from './static-member.ts';
import { hasUnassigned } from './unassigned.ts';
import { zeroOffsets } from './zero-offsets.ts';

/** Names of the group protocol's errors, as kafkajs gives them in `type`. */
const REBALANCE_IN_PROGRESS = 27;

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
  #generation: number;
  /** What this member said it holds when it last joined, and whether the group waits for some of it to be given up. */
  #claims: readonly TopicPartitions[] = [];
  #isOwing = false;
  #fence: Error | null = null;
  #isBack = false;
  #returnCheck: ReturnCheck | null = null;
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
    this.#generation = options.generation;
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

  /**
   * Whether a stop leaves this member in the group, so that a restart goes on as the same one. A static member stays, unless others
   * wait for it: for partitions that it was to give up, or for a join that it will not end.
   */
  get stays(): boolean {
    return this.#options.instanceId !== null && !this.#isOwing && !this.isJoining;
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

  /** Ends the session. `leave`: tells the group, unless the member `stays`; otherwise it is in it until its session times out. */
  async stop(leave: boolean): Promise<void> {
    this.#isOver = true;
    this.#returnCheck?.cancel();
    this.#isLeaving = leave && !this.stays && this.#fence === null;
    this.#pacer.stop();
    await this.#consumer.disconnect();
  }

  #takeCluster(cluster: Cluster): ReturnType<PartitionAssigner> {
    invariant(isCluster(cluster), 'kafkajs hands its cluster to a partition assigner');
    const { instanceId, clock, groupId, topics, metadataMaxAgeMs } = this.#options;
    this.#returnCheck = new ReturnCheck({
      clock,
      delayMs: metadataMaxAgeMs,
      look: () => hasUnassigned(cluster, groupId, topics),
      onFound: () => this.rejoin(),
    });
    const findCoordinator = cluster.findGroupCoordinator.bind(cluster);
    const findBroker = cluster.findBroker.bind(cluster);
    const refresh = cluster.refreshMetadataIfNecessary.bind(cluster);
    // The first thing of each round of kafkajs's loop, whether it leads to a fetch or not.
    cluster.refreshMetadataIfNecessary = async () => {
      await refresh();
      if (this.#isAdrift) this.rejoin();
      this.#pacer.check();
    };
    cluster.findGroupCoordinator = async (options) =>
      this.#coordinator(await findCoordinator(options), () => findCoordinator(options));
    cluster.findBroker = async (options) => {
      const broker = await findBroker(options);
      // The coordinator is found by way of this too.
      const sender = instanceId === null ? broker : withInstanceId(broker, instanceId);
      return standIn(sender, { fetch: () => this.#pacer.round().then(() => ({ responses: [] })) });
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
          const answer = await this.#watch(request['memberId'], broker.heartbeat(request));
          this.#options.events.alive();
          return answer;
        } catch (error) {
          if ((error as { code?: unknown }).code === REBALANCE_IN_PROGRESS)
            this.#options.events.alive();
          if (!isCoordinatorGone(error)) throw error;
          broker = await find();
          const answer = await this.#watch(request['memberId'], broker.heartbeat(request));
          this.#options.events.alive();
          return answer;
        }
      },
      leaveGroup: async (request) => (this.#isLeaving ? broker.leaveGroup(request) : undefined),
      // kafkajs asks for offsets only to fill its own fetch requests, which never leave.
      offsetFetch: (request) => Promise.resolve(zeroOffsets(request)),
    });
  }

  /** The answer to a request that was sent as `sender`: notes when it says that another process is in the place of this one. */
  async #watch<Answer>(sender: unknown, answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      // An id that this member has given up says nothing of the one it has.
      if (isFenced(error) && sender === this.#memberId && this.#fence === null) {
        this.#fence = error as Error;
        this.#options.events.replaced();
      }
      throw error;
    }
  }

  /** Joins once at a time: kafkajs may start several joins at once when metadata has changed. */
  #joinGroup(broker: Broker, request: Record<string, unknown>): Promise<JoinAnswer> {
    this.#join ??= this.#joinOnce(broker, request).finally(() => {
      this.#join = null;
    });
    return this.#join;
  }

  async #joinOnce(broker: Broker, request: Record<string, unknown>): Promise<JoinAnswer> {
    // To join once more would fence the process that has the place now.
    if (this.#fence) throw this.#fence;
    this.#phase = 'joining';
    this.#pacer.met();
    this.#stepped();
    this.#options.events.joining();
    const known = (request['memberId'] as string) || this.#memberId;
    this.#isBack = known === '' && this.#options.instanceId !== null;
    this.#returnCheck?.cancel();
    try {
      const join = broker.joinGroup({ ...request, memberId: known });
      const answer = await this.#watch(known, join);
      const isRenamed = this.#memberId !== '' && answer.memberId !== this.#memberId;
      const isMissed = this.#hasMissed(answer);
      this.#memberId = answer.memberId;
      this.#generation = answer.generationId;
      if (this.#options.instanceId !== null) this.#claims = claimsOf(request);
      this.#options.events.alive();
      if (isRenamed) this.#options.events.renamed();
      else if (isMissed) this.#options.events.missed();
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
      const answer = await this.#watch(request['memberId'], broker.syncGroup(request));
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

  /** Only a static member is kept in a group that goes on without it; what it claimed in an earlier join counted then. */
  #hasMissed({ generationId }: JoinAnswer): boolean {
    const { instanceId } = this.#options;
    return instanceId !== null && this.#generation >= 0 && generationId > this.#generation + 1;
  }

  #forgetId(): void {
    if (this.#memberId === '') return;
    this.#memberId = '';
    this.#generation = -1;
    this.#options.events.renamed();
  }

  #joined(payload: { memberAssignment: Record<string, number[]> }): void {
    this.#isOwing = isOwing(this.#claims, payload.memberAssignment);
    if (this.#isOver) return;
    if (this.#isBack) this.#returnCheck?.start();
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
    this.#returnCheck?.cancel();
    this.#options.events.crashed(cause);
  }
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

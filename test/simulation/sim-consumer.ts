import type { ConsumerConfig, PartitionAssigner } from 'kafkajs';
import { decodeAssignment } from '../../src/kafka/assigner/assignment.ts';
import type { Broker } from '../../src/kafka/seam/cluster.ts';
import { clientError } from '../support/fake-cluster.ts';
import type { SimCluster } from './sim-cluster.ts';
import type { SimJoined } from './sim-coordinator.ts';
import type { LinkOptions } from './sim-link.ts';

type Assigner = ReturnType<PartitionAssigner>;

/**
 * kafkajs's consumer as far as our session uses it: connect, join, sync, a loop per broker that "fetches" and sends heartbeats,
 * joining again, crashing. Follows kafkajs 2.2.4: consumer/index.js, runner.js, consumerGroup.js, fetchManager.js, retry.
 */
export class SimConsumer {
  readonly events = { CRASH: 'consumer.crash', GROUP_JOIN: 'consumer.group_join' } as const;
  readonly #config: ConsumerConfig;
  readonly #options: LinkOptions;
  readonly #cluster: SimCluster;
  readonly #assigner: Assigner;
  readonly #listeners = new Map<string, (event: { payload: unknown }) => void>();
  #coordinator: Broker | null = null;
  #memberId = '';
  #generationId = -1;
  #partitions: readonly number[] = [];
  #lastRequestMs = 0;
  #isRunning = false;
  /** The runner's loop, which a stop waits for. */
  #consuming: Promise<void> = Promise.resolve();
  #heartbeat: Promise<void> | null = null;

  constructor(config: ConsumerConfig, options: LinkOptions, cluster: SimCluster) {
    this.#config = config;
    this.#options = options;
    this.#cluster = cluster;
    const [assigner] = config.partitionAssigners ?? [];
    if (!assigner) throw new Error('a consumer of ours has an assigner');
    this.#assigner = assigner({ cluster } as unknown as Parameters<PartitionAssigner>[0]);
  }

  on(name: string, listener: (event: { payload: unknown }) => void): void {
    this.#listeners.set(name, listener);
  }

  connect(): Promise<void> {
    return this.#cluster.connect();
  }

  subscribe(): Promise<void> {
    return this.#cluster.addMultipleTargetTopics();
  }

  /** Resolves when it has joined, and also when it could not. */
  async run(): Promise<void> {
    try {
      await this.#joinAndSync();
    } catch (cause) {
      this.#crash(cause as Error);
      return;
    }
    this.#isRunning = true;
    this.#consuming = this.#consume();
  }

  async disconnect(): Promise<void> {
    if (this.#isRunning) {
      this.#isRunning = false;
      await this.#consuming;
      await this.#leave().catch(() => {});
    }
  }

  async #leave(): Promise<void> {
    if (this.#memberId === '') return;
    await this.#coordinator?.leaveGroup({ memberId: this.#memberId });
    this.#memberId = '';
  }

  #crash(cause: Error): void {
    void this.disconnect().then(() =>
      this.#listeners.get(this.events.CRASH)?.({ payload: { error: cause } }),
    );
  }

  async #consume(): Promise<void> {
    try {
      while (this.#isRunning) await this.#retrying(() => this.#fetchUntilError());
    } catch (cause) {
      this.#isRunning = false;
      this.#crash(cause as Error);
    }
  }

  /** Lets the loops of all brokers run until one fails; then joins again when the error says so. */
  async #fetchUntilError(): Promise<void> {
    if (!this.#isRunning) return;
    try {
      const round = { isOver: false };
      const loops = this.#cluster.nodeIds.map((node) => this.#loop(node, round));
      await Promise.all(loops).catch(async (cause: unknown) => {
        round.isOver = true;
        await Promise.allSettled(loops);
        throw cause;
      });
    } catch (cause) {
      const { type } = cause as { type?: string };
      if (type === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
      else if (!isRebalancing(type)) throw cause;
      await this.#joinAndSync();
    }
  }

  async #loop(node: number, round: { isOver: boolean }): Promise<void> {
    while (!round.isOver && this.#isRunning) {
      await this.#fetch(node);
      await this.#beat();
    }
  }

  /** A fetch ends with nothing, whatever happens to it, but for what makes the member join again. */
  async #fetch(node: number): Promise<void> {
    await this.#cluster.refreshMetadataIfNecessary();
    if (!this.#cluster.leads(node, this.#partitions)) {
      await this.#pause(this.#config.maxWaitTimeInMs ?? 5000);
      return;
    }
    const broker = await this.#cluster.findBroker({ nodeId: node });
    await broker.fetch({});
  }

  /** The loops share a heartbeat that is under way. */
  #beat(): Promise<void> {
    this.#heartbeat ??= this.#beatOnce().finally(() => {
      this.#heartbeat = null;
    });
    return this.#heartbeat;
  }

  async #beatOnce(): Promise<void> {
    const { clock } = this.#options;
    const isDue = clock.now() >= this.#lastRequestMs + (this.#config.heartbeatInterval ?? 3000);
    if (this.#memberId === '' || !isDue) return;
    await this.#coordinator?.heartbeat({
      memberId: this.#memberId,
      groupGenerationId: this.#generationId,
    });
    this.#lastRequestMs = clock.now();
  }

  #joinAndSync(): Promise<void> {
    return this.#retrying(async () => {
      try {
        await this.#joinOnce();
      } catch (cause) {
        const { type } = cause as { type?: string };
        if (type === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
        // These are tried again, all others end the join.
        if (type === 'UNKNOWN_MEMBER_ID' || isRebalancing(type)) {
          throw clientError('KafkaJSError', `again after ${type}`);
        }
        throw new Final(cause);
      }
    }).catch((cause: unknown) => {
      throw cause instanceof Final ? cause.cause : cause;
    });
  }

  async #joinOnce(): Promise<void> {
    const { sessionTimeout, rebalanceTimeout, groupId } = this.#config;
    this.#coordinator = await this.#cluster.findGroupCoordinator({ groupId });
    const joined = (await this.#coordinator.joinGroup({
      groupId,
      sessionTimeout,
      rebalanceTimeout,
      memberId: this.#memberId,
      groupProtocols: [this.#assigner.protocol({ topics: [] })],
    })) as unknown as SimJoined;
    this.#memberId = joined.memberId;
    this.#generationId = joined.generationId;
    let groupAssignment: unknown[] = [];
    if (joined.leaderId === joined.memberId) {
      await this.#cluster.refreshMetadata();
      groupAssignment = await this.#assigner.assign({ members: [...joined.members], topics: [] });
    }
    const { memberAssignment } = (await this.#coordinator.syncGroup({
      memberId: joined.memberId,
      generationId: joined.generationId,
      groupAssignment,
    })) as { memberAssignment: Buffer };
    const assignment = decodeAssignment(memberAssignment);
    this.#partitions = [...assignment.values()].flat();
    this.#listeners.get(this.events.GROUP_JOIN)?.({
      payload: { memberAssignment: Object.fromEntries(assignment) },
    });
  }

  /** kafkajs's retrier: everything but what is final, with growing pauses. */
  async #retrying(run: () => Promise<void>): Promise<void> {
    let pauseMs = 100;
    for (let tries = 0; ; tries++) {
      try {
        await run();
        return;
      } catch (cause) {
        if (cause instanceof Final || tries === 50) throw cause;
        await this.#pause(pauseMs);
        pauseMs = Math.min(3000, pauseMs * 1.5);
      }
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(delayMs, resolve));
  }
}

/** An error that its retrier doesn't try again. */
class Final extends Error {
  constructor(cause: unknown) {
    super('not tried again', { cause });
  }
}

const isRebalancing = (type: string | undefined): boolean =>
  type === 'REBALANCE_IN_PROGRESS' ||
  type === 'NOT_COORDINATOR_FOR_GROUP' ||
  type === 'ILLEGAL_GENERATION';

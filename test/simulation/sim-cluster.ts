import type {
  Broker,
  Cluster,
  JoinAnswer,
  PartitionMetadata,
} from '../../src/kafka/seam/cluster.ts';
import type { ProtocolRequest, ProtocolResponse } from '../../src/kafka/seam/internals.ts';
import { errorFromCode } from '../../src/kafka/seam/internals.ts';
import { clientError } from '../support/fake-cluster.ts';
import { type Api, readRequest } from '../support/fake-wire.ts';
import { NODES, TOPIC } from './sim-broker.ts';
import type { SimJoin, SimSync } from './sim-coordinator.ts';
import { type LinkOptions, SimLink } from './sim-link.ts';

/** kafkajs's view of the cluster over simulated connections: it knows leaders from its last look, and looks again when told to. */
export class SimCluster implements Cluster {
  readonly targetTopics: Set<string> = new Set();
  readonly #options: LinkOptions;
  readonly #link: SimLink;
  readonly #brokers = new Map<number, Broker>();
  #leaders: readonly number[] = [];

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#link = new SimLink(options);
    for (let node = 1; node <= NODES; node++) this.#brokers.set(node, this.#brokerOf(node));
  }

  get nodeIds(): number[] {
    return [...this.#brokers.keys()];
  }

  /** Whether the cluster believes that a node leads one of these partitions. */
  leads(node: number, partitions: readonly number[]): boolean {
    return partitions.some((partition) => this.#leaders[partition] === node);
  }

  async connect(): Promise<void> {
    if (this.#leaders.length === 0) await this.refreshMetadata();
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }

  async findBroker({ nodeId }: { nodeId: number | string }): Promise<Broker> {
    const broker = this.#brokers.get(Number(nodeId));
    if (broker && !this.#options.broker.down.has(Number(nodeId))) return broker;
    await this.#pause(5);
    throw clientError('KafkaJSConnectionError');
  }

  /** As kafkajs: asks any broker, again and again while there is no coordinator. */
  async findGroupCoordinator(_options: { groupId: string }): Promise<Broker> {
    const { broker, dice } = this.#options;
    for (let tries = 0; ; tries++) {
      try {
        const node = await this.#link.call(1 + dice.below(NODES), () => broker.coordinatorId);
        return await this.findBroker({ nodeId: node });
      } catch (cause) {
        if (tries === TRIES) throw cause;
        await this.#pause(Math.min(2000, 100 * 1.5 ** tries));
      }
    }
  }

  async refreshMetadata(): Promise<void> {
    const { broker, dice } = this.#options;
    for (let tries = 0; ; tries++) {
      try {
        const node = 1 + dice.below(NODES);
        this.#leaders = await this.#link.call(node, () =>
          broker.leaders.map((leader) => (broker.down.has(leader) ? -1 : leader)),
        );
        // kafkajs refuses metadata in which a partition has no leader.
        if (this.#leaders.includes(-1)) throw errorFromCode(5);
        return;
      } catch (cause) {
        if (tries === TRIES) throw cause;
        await this.#pause(Math.min(2000, 100 * 1.5 ** tries));
      }
    }
  }

  refreshMetadataIfNecessary(): Promise<void> {
    return Promise.resolve();
  }

  addMultipleTargetTopics(): Promise<void> {
    return this.#leaders.length === 0 ? this.refreshMetadata() : Promise.resolve();
  }

  findTopicPartitionMetadata(topic: string): PartitionMetadata[] {
    if (topic !== TOPIC) return [];
    return this.#leaders.map((leader, partitionId) => ({
      partitionId,
      leader,
      partitionErrorCode: 0,
    }));
  }

  metadata(): Promise<{ topicMetadata: readonly { topic: string }[] }> {
    return Promise.resolve({ topicMetadata: [{ topic: TOPIC }] });
  }

  removeBroker(): void {}

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(delayMs, resolve));
  }

  #brokerOf(node: number): Broker {
    const { broker } = this.#options;
    const { coordinator } = broker;
    const group = <T>(
      effect: () => T | Promise<T>,
      options: { codes?: readonly number[]; timeoutMs?: number } = {},
    ): Promise<T> =>
      this.#link.call(
        node,
        (code) => {
          const wrong = code || (broker.coordinatorId === node ? 0 : NOT_COORDINATOR);
          if (wrong !== 0) throw errorFromCode(wrong);
          return effect();
        },
        options,
      );
    return {
      nodeId: node,
      versions: {},
      connectionPool: {
        host: `host-${node}`,
        port: 9092,
        send: ({ request, response }) => this.#send(node, request, response),
      },
      lookupRequest: () => (input) => input,
      describeGroups: () => Promise.reject(new Error('no member of the simulation is static')),
      heartbeat: (request) =>
        group(
          () =>
            coordinator.heartbeat({
              memberId: String(request['memberId']),
              generationId: Number(request['groupGenerationId']),
            }),
          { codes: [14, 15, 16, 22, 25, 27] },
        ),
      joinGroup: (request) =>
        group(() => this.#join(request as unknown as SimJoin), {
          codes: [14, 15, 16, 25],
          timeoutMs: Number(request['rebalanceTimeout']) + 5000,
        }),
      syncGroup: (request) =>
        group(() => coordinator.sync(request as unknown as SimSync), {
          codes: [14, 15, 16, 22, 25, 27],
        }),
      leaveGroup: (request) => group(() => coordinator.leave(String(request['memberId']))),
      offsetFetch: () => Promise.reject(new Error('our session answers this itself')),
      fetch: () => Promise.reject(new Error('our session answers this itself')),
    };
  }

  async #join(request: SimJoin): Promise<JoinAnswer> {
    const { broker, process, watch } = this.#options;
    const joined = await broker.coordinator.join(request);
    watch.named(process, joined.memberId);
    return joined;
  }

  async #send<Answer>(
    node: number,
    request: ProtocolRequest,
    response: ProtocolResponse<Answer>,
  ): Promise<Answer> {
    const { broker, timeline, process } = this.#options;
    const { buffer } = (await request.encode()) as { buffer: Buffer };
    const api = request.apiName as Api;
    const body = readRequest(api, buffer);
    if ('memberId' in body) {
      for (const { partition, offset } of body.partitions)
        this.#options.watch.commitSent(process, partition, Number(offset));
    }
    const answer = await this.#link.call(
      node,
      async (code) => {
        const found = broker.answer(api, body, { node, code, isLate: false });
        if (Buffer.isBuffer(found)) return found;
        await new Promise<void>((resolve) => timeline.after(found.waitMs, resolve));
        return broker.answer(api, body, { node, code, isLate: true }) as Buffer;
      },
      { codes: CODES[api] },
    );
    return response.parse(await response.decode(answer));
  }
}

/** Error codes that a request may be answered with though nothing is wrong. */
const CODES: Readonly<Record<Api, readonly number[]>> = {
  Produce: [],
  Metadata: [],
  Fetch: [3, 5, 6, 7, 74, 75],
  ListOffsets: [3, 5, 6, 7],
  OffsetFetch: [14, 15, 16],
  OffsetCommit: [7, 14, 15, 16, 22, 25, 27],
};
const NOT_COORDINATOR = 16;
const TRIES = 60;

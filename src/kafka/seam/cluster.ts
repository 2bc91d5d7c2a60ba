import type { Kafka } from 'kafkajs';
import { invariant } from '../../contract/invariant.ts';
import type { ProtocolRequest, ProtocolResponse } from './internals.ts';

/** kafkajs's view of one broker: two connections, one of them only for fetches. */
export interface Broker {
  readonly nodeId: number;
  /** Versions that it takes, by API; null before it is connected. */
  readonly versions?: Readonly<
    Record<number, { readonly minVersion: number; readonly maxVersion: number }>
  > | null;
  readonly connectionPool: {
    readonly host: string;
    readonly port: number;
    send<Answer>(call: {
      request: ProtocolRequest;
      response: ProtocolResponse<Answer>;
      requestTimeout?: number;
      logResponseError?: boolean;
    }): Promise<Answer>;
  };
  /** A maker of requests of the newest version that the broker and kafkajs know. */
  lookupRequest(apiKey: number, api: unknown): (input: Record<string, unknown>) => unknown;
  heartbeat(request: Record<string, unknown>): Promise<unknown>;
  joinGroup(request: Record<string, unknown>): Promise<JoinAnswer>;
  syncGroup(request: Record<string, unknown>): Promise<unknown>;
  leaveGroup(request: Record<string, unknown>): Promise<unknown>;
  describeGroups(request: { groupIds: readonly string[] }): Promise<{
    readonly groups: readonly {
      readonly state: string;
      readonly members: readonly { readonly memberAssignment: Buffer }[];
    }[];
  }>;
  offsetFetch(request: Record<string, unknown>): Promise<unknown>;
  fetch(request: Record<string, unknown>): Promise<unknown>;
}

export interface JoinAnswer {
  readonly generationId: number;
  readonly memberId: string;
  readonly leaderId: string;
}

/** kafkajs's view of the cluster: brokers, metadata, coordinators. It reconnects and retries by itself. */
export interface Cluster {
  /** Topics that a refresh asks for; one that does not exist fails the whole of it. */
  readonly targetTopics: Set<string>;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  findBroker(options: { nodeId: number | string }): Promise<Broker>;
  findGroupCoordinator(options: { groupId: string }): Promise<Broker>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[];
  metadata(options: { topics: readonly string[] }): Promise<{
    readonly topicMetadata: readonly { readonly topic: string; readonly isInternal?: boolean }[];
  }>;
  removeBroker(address: { host: string; port: number }): void;
}

export interface PartitionMetadata {
  readonly partitionId: number;
  /** -1 when there is none at the moment. */
  readonly leader: number;
  readonly partitionErrorCode: number;
}

/**
 * A cluster of its own, for requests of ours. kafkajs hands the cluster of a consumer to its partition assigner, which
 * is public API; a consumer that is never run costs nothing.
 */
export function openCluster(kafka: Kafka, groupId: string, metadataMaxAgeMs: number): Cluster {
  let cluster: Cluster | undefined;
  kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    metadataMaxAge: metadataMaxAgeMs,
    partitionAssigners: [
      (config) => {
        cluster = config.cluster as unknown as Cluster;
        return {
          name: 'none',
          version: 0,
          assign: () => Promise.resolve([]),
          protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
        };
      },
    ],
  });
  invariant(isCluster(cluster), 'kafkajs hands its cluster to a partition assigner');
  return cluster;
}

/** Whether what kafkajs handed over has what we call. */
export function isCluster(cluster: Cluster | undefined): cluster is Cluster {
  const needed = [
    'connect',
    'disconnect',
    'findBroker',
    'findGroupCoordinator',
    'refreshMetadata',
    'refreshMetadataIfNecessary',
    'addMultipleTargetTopics',
    'findTopicPartitionMetadata',
    'metadata',
    'removeBroker',
  ] as const;
  return (
    cluster?.targetTopics instanceof Set &&
    needed.every((name) => typeof cluster[name] === 'function')
  );
}

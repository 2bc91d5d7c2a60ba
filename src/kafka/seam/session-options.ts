import type { Kafka, PartitionAssigner } from 'kafkajs';
import type { Clock } from '../../contract/clock.ts';
import type { Cluster } from './cluster.ts';

/** What a session reports. */
interface SessionEvents {
  /** JoinGroup is about to be sent: owned partitions are read now, nothing may be given away until it is answered. */
  joining(): void;
  /** The broker gave this member another id than it had: everything held is lost. */
  renamed(): void;
  /** The group made a generation without this static member, so its partitions may be somebody else's: everything held is lost. */
  missed(): void;
  /** Another process has joined with the instance id of this one: nothing may be joined or committed any more. */
  replaced(): void;
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
  /** Of a static member; null for an ordinary one. */
  readonly instanceId: string | null;
  /** The last generation that this member joined in an earlier session; -1 for none. */
  readonly generation: number;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly metadataMaxAgeMs: number;
  readonly assigner: (cluster: Cluster) => ReturnType<PartitionAssigner>;
  readonly events: SessionEvents;
}

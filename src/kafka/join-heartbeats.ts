import type { Clock } from '../contract/clock.ts';
import type { SourceConfig } from '../contract/config.ts';
import type { Identity } from './committer.ts';
import type { Coordinator } from './coordinator.ts';
import { withInstanceId } from './seam/static-member.ts';

/** What the heartbeats need of the member. */
export interface Heart {
  /** Who it is in the generation that it still holds partitions of; null: it holds none that it could lose. */
  readonly identity: () => Identity | null;
  readonly onAlive: () => void;
}

/**
 * Heartbeats while a join waits for other members. kafkajs sends none on the connection that waits, and a dead member keeps the group
 * waiting for its whole session: without a word of the coordinator the lease would run out of all that is held and handled meanwhile.
 * These go over another connection. The group answers them while it waits, and then knows this member.
 */
export class JoinHeartbeats {
  readonly #clock: Clock;
  readonly #coordinator: Coordinator;
  readonly #source: SourceConfig;
  readonly #heart: Heart;
  #isOn = false;
  #cancel: () => void = () => {};

  constructor(clock: Clock, coordinator: Coordinator, source: SourceConfig, heart: Heart) {
    this.#clock = clock;
    this.#coordinator = coordinator;
    this.#source = source;
    this.#heart = heart;
  }

  start(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#plan();
  }

  stop(): void {
    this.#isOn = false;
    this.#cancel();
  }

  #plan(): void {
    const { heartbeatIntervalMs } = this.#source;
    this.#cancel = this.#clock.after(heartbeatIntervalMs, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    const { groupId, instanceId } = this.#source;
    const { identity, onAlive } = this.#heart;
    const sender = identity();
    if (sender) {
      try {
        const found = await this.#coordinator.find();
        const broker = instanceId === null ? found : withInstanceId(found, instanceId);
        const { memberId, generation: groupGenerationId } = sender;
        await broker.heartbeat({ groupId, groupGenerationId, memberId });
        onAlive();
      } catch (cause) {
        const { type } = cause as { type?: unknown };
        // The answer while it waits for the others; what else it may say, the join will be told too.
        if (type === 'REBALANCE_IN_PROGRESS') onAlive();
        else if (type !== 'ILLEGAL_GENERATION' && type !== 'UNKNOWN_MEMBER_ID')
          this.#coordinator.forget();
      }
    }
    if (this.#isOn) this.#plan();
  }
}

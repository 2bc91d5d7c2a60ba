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
  /** Counts joins: what is answered to the heartbeats of one that is over says nothing of the next. */
  #join = 0;
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
    this.#plan(++this.#join);
  }

  stop(): void {
    this.#isOn = false;
    this.#join++;
    this.#cancel();
  }

  #plan(join: number): void {
    const { heartbeatIntervalMs } = this.#source;
    this.#cancel = this.#clock.after(heartbeatIntervalMs, () => void this.#beat(join));
  }

  async #beat(join: number): Promise<void> {
    const isAlive = await this.#ask();
    if (join !== this.#join) return;
    if (isAlive) this.#heart.onAlive();
    this.#plan(join);
  }

  /** Whether the group says that it knows this member. */
  async #ask(): Promise<boolean> {
    const { groupId, instanceId } = this.#source;
    const sender = this.#heart.identity();
    if (!sender) return false;
    const { memberId, generation: groupGenerationId } = sender;
    try {
      const found = await this.#coordinator.find();
      const broker = instanceId === null ? found : withInstanceId(found, instanceId);
      await broker.heartbeat({ groupId, groupGenerationId, memberId });
      return true;
    } catch (cause) {
      const type = String((cause as { type?: unknown }).type);
      // The answer while it waits for the others; what else it may say, the join will be told too.
      if (type === 'REBALANCE_IN_PROGRESS') return true;
      if (!TOLD.has(type)) this.#coordinator.forget();
      return false;
    }
  }
}

/** The coordinator has answered: there is no other to be looked for. */
const TOLD: ReadonlySet<string> = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']);

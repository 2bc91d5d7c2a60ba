import type { Clock } from '../contract/clock.ts';
import type { Coordinator } from './coordinator.ts';
import type { Fetcher } from './fetcher.ts';
import type { Held } from './intake.ts';
import type { MissingTopics } from './missing-topics.ts';
import { committedOffsets, type LogRange, leaderOf, logRanges } from './offsets.ts';
import type { Cluster } from './seam/cluster.ts';
import type { Loss } from './start-offset.ts';
import { topicIds } from './topic-ids.ts';

export interface RepairsOptions {
  readonly groupId: string;
  readonly cluster: Cluster;
  readonly coordinator: Coordinator;
  readonly fetcher: Fetcher;
  readonly missing: MissingTopics;
  readonly clock: Clock;
  /** Whether this member still has the partition. */
  readonly isHeld: (held: Held) => boolean;
  /** Ends the epoch as it is, and begins one where the policy says, `loss` being why. */
  readonly restart: (held: Held, range: LogRange, loss: Loss | null) => Promise<void>;
}

/**
 * What is done about a partition whose position means nothing any more at the broker that leads it: it asks that broker for the log
 * and the topic of now, and goes on, waits, or starts the partition anew by policy. Meanwhile it isn't fetched.
 */
export class Repairs {
  readonly #options: RepairsOptions;

  constructor(options: RepairsOptions) {
    this.#options = options;
  }

  /**
   * The position is not in the log, or what was read before it isn't: `divergedAt` is the first offset that is another record now,
   * null when the broker didn't say.
   */
  async outOfRange(held: Held, divergedAt: bigint | null): Promise<void> {
    const position = held.epoch?.position;
    const range = await this.#range(held);
    if (held.state !== 'running' || position === undefined || !range) return;
    if (divergedAt !== null && divergedAt < position) {
      await this.#options.restart(held, range, { cause: 'truncated', from: divergedAt });
    } else if (position >= range.start && position <= range.end) {
      // A broker that lags behind has lost it, which may take a while; or what it knows of leader epochs is less than we do.
      this.#goOn(held);
    } else await this.#options.restart(held, range, null);
  }

  /** The broker does not know the topic, or knows another one of that name. */
  async unknownTopic(held: Held): Promise<void> {
    const { cluster, clock, missing } = this.#options;
    while (this.#isRunning(held)) {
      const id = (await topicIds(cluster, [held])).get(held.name);
      if (id === null) {
        if (missing.missed(held.topic)) return;
      } else {
        if (id !== undefined) missing.found(held.topic);
        await cluster.refreshMetadata().catch(() => {});
        held.leader = leaderOf(cluster, held);
        if (id !== undefined && (await this.#found(held, id))) return;
      }
      await new Promise<void>((resolve) => clock.after(MISSING_MS, resolve));
    }
  }

  /** There is a topic of that name. Returns whether that settles it. */
  async #found(held: Held, id: string): Promise<boolean> {
    const { restart } = this.#options;
    const isSame = id === '' ? await this.#isCommitKept(held) : id === held.topicId;
    if (isSame === undefined) return false;
    if (isSame) {
      this.#goOn(held);
      return true;
    }
    const range = await this.#range(held);
    if (!range || held.state !== 'running') return false;
    held.topicId = id;
    // The group has forgotten what was committed for the old one.
    held.committed = null;
    await restart(held, range, { cause: 'recreated', from: range.start });
    return true;
  }

  /**
   * For brokers without ids: the offset that the group has is lost with its topic. Another one than we know of is no loss: a commit may be
   * under way, or its answer was lost. undefined: the coordinator doesn't say.
   */
  async #isCommitKept(held: Held): Promise<boolean | undefined> {
    const { coordinator, groupId } = this.#options;
    try {
      const [found] = await committedOffsets(coordinator, groupId, [held]);
      return held.committed === null || (found?.offset ?? null) !== null;
    } catch {
      coordinator.forget();
      return undefined;
    }
  }

  /** Fetches go on where they were, after a pause. */
  #goOn(held: Held): void {
    held.notBeforeMs = this.#options.clock.now() + RETRY_MS;
    held.readEpoch = -1;
    this.#options.fetcher.add(held);
  }

  async #range(held: Held): Promise<LogRange | undefined> {
    const { cluster, clock } = this.#options;
    while (this.#isRunning(held)) {
      await cluster.refreshMetadata().catch(() => {});
      const [range] = await logRanges(cluster, [held]);
      if (range) return range;
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    }
    return undefined;
  }

  #isRunning(held: Held): boolean {
    return held.state === 'running' && this.#options.isHeld(held);
  }
}

/** Pause before a broker is asked again, in ms. */
const RETRY_MS = 200;
/** The same while it says that there is no such topic. */
const MISSING_MS = 1000;

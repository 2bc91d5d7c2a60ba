import type { Clock } from '../contract/clock.ts';
import type { PipelineConfig } from '../contract/config.ts';
import type { MillraceError } from '../contract/errors.ts';
import { publish } from '../contract/signals.ts';
import type { AbortReason } from '../contract/thread.ts';
import { Adoption } from './adoption.ts';
import type { TopicPartitions } from './assigner/topic-partitions.ts';
import type { Committer } from './committer.ts';
import type { Coordinator } from './coordinator.ts';
import type { Fetcher } from './fetcher.ts';
import { type Drained, Held, type Intake, nameOf } from './intake.ts';
import { MissingTopics } from './missing-topics.ts';
import { byTopic, type LogRange } from './offsets.ts';
import { Repairs } from './repairs.ts';
import type { Cluster } from './seam/cluster.ts';
import { type Loss, startOffset } from './start-offset.ts';
import { stopReason } from './stop-reason.ts';

export interface HoldingsOptions {
  readonly pipeline: PipelineConfig;
  readonly cluster: Cluster;
  readonly coordinator: Coordinator;
  readonly committer: Committer;
  readonly fetcher: Fetcher;
  readonly intake: Intake;
  readonly clock: Clock;
  /** An error that no waiting mends. */
  readonly onFatal: (cause: MillraceError) => void;
}

/** How a partition was given up. */
export interface GivenUp extends Drained {
  readonly held: Held;
  /** Whether the broker has confirmed all that was to be committed. */
  readonly isCommitted: boolean;
}

/**
 * The partitions that this member holds, from adoption to the end: looks up where each starts, has it fetched, and drains,
 * commits and gives it up when it goes. Who decides what is held, the group or the configuration, is not known here.
 */
export class Holdings {
  readonly #options: HoldingsOptions;
  readonly #held = new Map<string, Held>();
  readonly #adoption: Adoption;
  readonly #repairs: Repairs;
  /** Epochs of this member so far. */
  #epochs = 0;

  constructor(options: HoldingsOptions) {
    const { pipeline, onFatal } = options;
    this.#options = options;
    const missing = new MissingTopics(options, (cause) => {
      this.#abandon(cause.facts['topic'] as string);
      onFatal(cause);
    });
    const shared = {
      ...options,
      groupId: pipeline.source.groupId,
      missing,
      isHeld: (held: Held) => this.#isHeld(held),
    };
    this.#adoption = new Adoption({
      ...shared,
      begin: (held, from, range, loss) => this.#begin(held, from, range, loss),
    });
    this.#repairs = new Repairs({
      ...shared,
      restart: (held, range, loss) => this.#restart(held, range, loss),
    });
  }

  get all(): Iterable<Held> {
    return this.#held.values();
  }

  get size(): number {
    return this.#held.size;
  }

  get(topic: string, partition: number): Held | undefined {
    return this.#held.get(nameOf(topic, partition));
  }

  /** What this member still has, those on their way out included. */
  get owned(): TopicPartitions[] {
    return byTopic([...this.#held.values()], ({ partition }) => partition);
  }

  /** Takes partitions on; see `Adoption`. */
  adopt(places: readonly { readonly topic: string; readonly partition: number }[]): void {
    this.#adoption.adopt(
      places.map(({ topic, partition }) => {
        const held = new Held(topic, partition);
        this.#held.set(held.name, held);
        return held;
      }),
    );
  }

  #isHeld(held: Held): boolean {
    return this.#held.get(held.name) === held;
  }

  /** Starts the epoch of a partition at offset `from`, or where the policy says when that is null or not of the log. */
  #begin(held: Held, from: bigint | null, range: LogRange, known: Loss | null): void {
    const { pipeline, intake, fetcher } = this.#options;
    const place = { pipeline: pipeline.id, topic: held.topic, partition: held.partition };
    const start = startOffset(from, range, pipeline.source, known);
    held.sawEnds(range.end, range.end, this.#options.clock.now());
    if (start.type !== 'uncommitted' && start.loss !== null) {
      held.readEpoch = -1;
      publish('partition.lost-offset', {
        ...place,
        cause: start.loss.cause,
        committed: from ?? 0n,
        logStart: range.start,
        logEnd: range.end,
        policy: pipeline.source.onOffsetLost,
        start: start.type === 'start' ? start.offset : null,
      });
    }
    if (start.type !== 'start') {
      this.stopReading(held, stopReason(start, held, from, range));
      return;
    }
    const isCommitted = start.loss === null && start.offset === held.committed;
    const settled = isCommitted ? held.settled : [];
    held.settled = [];
    held.epoch = intake.assign(
      held.topic,
      held.partition,
      start.offset,
      isCommitted ? held.committed : null,
      settled,
    );
    held.state = 'running';
    publish('partition.assigned', {
      ...place,
      epoch: ++this.#epochs,
      committed: held.committed,
      start: start.offset,
      end: range.end,
    });
    fetcher.add(held);
  }

  /** A partition isn't read any more, by policy. What was handed out still ends, and is committed. One on its way out stays on it. */
  stopReading(held: Held, reason: MillraceError): void {
    if (held.state === 'revoking') return;
    held.state = 'stopped';
    this.#options.fetcher.remove(held);
    publish('partition.stopped', {
      pipeline: this.#options.pipeline.id,
      topic: held.topic,
      partition: held.partition,
      code: reason.code,
      message: reason.message,
    });
  }

  /** The position of a partition is not in the log, or not what was read before it; see `Repairs`. */
  outOfRange(held: Held, divergedAt: bigint | null): Promise<void> {
    return this.#repairs.outOfRange(held, divergedAt);
  }

  /** The leader of a partition doesn't know its topic; see `Repairs`. */
  unknownTopic(held: Held): Promise<void> {
    return this.#repairs.unknownTopic(held);
  }

  /** Ends the epoch of a partition as it is, and starts one where the policy says. */
  async #restart(held: Held, range: LogRange, loss: Loss | null): Promise<void> {
    const { committer, intake } = this.#options;
    const position = held.epoch?.position ?? null;
    held.epoch?.close();
    held.epoch = null;
    held.state = 'adopting';
    await intake.whenFree(held.topic, held.partition);
    if (!this.#isHeld(held)) return;
    this.#begin(held, position, range, loss);
    if (held.epoch !== null) committer.request();
  }

  /** Nothing of a topic that is gone can be committed. */
  #abandon(topic: string): void {
    for (const held of this.#held.values()) {
      if (held.topic !== topic) continue;
      this.#options.fetcher.remove(held);
      held.epoch?.close();
      held.epoch = null;
      held.committed = null;
      held.state = 'stopped';
    }
  }

  /**
   * Gives partitions up: takes nothing new of them, lets what runs end, commits. Each is given up as soon as it is drained,
   * at the latest at `untilMs`; `onGivenUp` is called for each.
   */
  async revoke(
    gone: readonly Held[],
    untilMs: number,
    reason: AbortReason,
    onGivenUp: (given: GivenUp) => void = () => {},
  ): Promise<GivenUp[]> {
    return Promise.all(
      gone.map(async (held) => {
        const given = await this.#giveUp(held, untilMs, reason);
        onGivenUp(given);
        return given;
      }),
    );
  }

  async #giveUp(held: Held, untilMs: number, reason: AbortReason): Promise<GivenUp> {
    const { clock, committer, fetcher, pipeline } = this.#options;
    const startedMs = clock.now();
    const { epoch } = held;
    held.state = 'revoking';
    fetcher.remove(held);
    if (!epoch) {
      this.#forget(held);
      return { held, open: 0, to: 0n, isCommitted: true };
    }
    const drained = await epoch.drain(untilMs, ABORT_GRACE_MS, reason);
    const isCommitted =
      epoch.isOpen &&
      (await committer.commitAll([held], Math.max(untilMs, clock.now() + COMMIT_MS)));
    epoch.close();
    this.#forget(held);
    publish('partition.revoked', {
      pipeline: pipeline.id,
      topic: held.topic,
      partition: held.partition,
      committed: held.committed ?? 0n,
      elapsedMs: clock.now() - startedMs,
    });
    return { held, ...drained, isCommitted };
  }

  /** Everything held is somebody else's: ends the epochs without a commit. Returns how many there were. */
  lose(): number {
    const count = this.#held.size;
    for (const held of [...this.#held.values()]) {
      this.#options.fetcher.remove(held);
      this.#forget(held);
      held.epoch?.close();
    }
    return count;
  }

  #forget(held: Held): void {
    if (this.#isHeld(held)) this.#held.delete(held.name);
  }
}

/** What an aborted handler gets to end, in ms. */
const ABORT_GRACE_MS = 1000;
/** What the last commit of a partition gets at least, in ms. */
const COMMIT_MS = 2000;

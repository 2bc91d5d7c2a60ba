import type { Clock } from '../contract/clock.ts';
import type { PipelineConfig } from '../contract/config.ts';
import { MillraceError, reportError } from '../contract/errors.ts';
import { publish } from '../contract/signals.ts';
import type { AbortReason } from '../contract/thread.ts';
import type { TopicPartitions } from './assigner/topic-partitions.ts';
import type { Committer } from './committer.ts';
import type { Coordinator } from './coordinator.ts';
import type { Fetcher } from './fetcher.ts';
import { type Drained, Held, type Intake, nameOf } from './intake.ts';
import { byTopic, committedOffsets, type LogRange, logRanges } from './offsets.ts';
import type { Cluster } from './seam/cluster.ts';
import { startOffset } from './start-offset.ts';
import { stopReason } from './stop-reason.ts';

export interface HoldingsOptions {
  readonly pipeline: PipelineConfig;
  readonly cluster: Cluster;
  readonly coordinator: Coordinator;
  readonly committer: Committer;
  readonly fetcher: Fetcher;
  readonly intake: Intake;
  readonly clock: Clock;
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
  /** Epochs of this member so far. */
  #epochs = 0;

  constructor(options: HoldingsOptions) {
    this.#options = options;
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

  /**
   * Takes partitions on: waits until no old run of each goes on, looks their offsets up, and starts to fetch. Tries again
   * until it succeeds or the partition is no longer wanted. One that has to wait holds up no other.
   */
  adopt(places: readonly { readonly topic: string; readonly partition: number }[]): void {
    let free: Held[] = [];
    for (const { topic, partition } of places) {
      const held = new Held(topic, partition);
      this.#held.set(held.name, held);
      void this.#options.intake.whenFree(topic, partition).then(() => {
        // Those that are free in the same moment are looked up together.
        if (free.push(held) > 1) return;
        queueMicrotask(() => {
          void this.#adopt(free);
          free = [];
        });
      });
    }
  }

  async #adopt(free: readonly Held[]): Promise<void> {
    const { cluster, coordinator, clock, pipeline } = this.#options;
    for (let left = this.#wanted(free); left.length > 0; left = this.#wanted(left)) {
      const cause = await this.#start(left).then(
        (leaderless) => {
          left = leaderless;
          return left.length === 0 ? null : leaderlessError(left);
        },
        (error: unknown) => error,
      );
      if (cause === null) return;
      publish('adoption.failed', {
        pipeline: pipeline.id,
        groupId: pipeline.source.groupId,
        error: reportError(cause),
      });
      coordinator.forget();
      await cluster.refreshMetadata().catch(() => {});
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    }
  }

  /** Those that are still to be started: not given up meanwhile. */
  #wanted(held: readonly Held[]): Held[] {
    return held.filter((each) => each.state === 'adopting' && this.#held.get(each.name) === each);
  }

  /** Starts the epochs of all whose leader answers; returns the others. Rejects when the coordinator doesn't answer. */
  async #start(wanted: readonly Held[]): Promise<Held[]> {
    const { cluster, coordinator, pipeline } = this.#options;
    const [committed, ranges] = await Promise.all([
      committedOffsets(coordinator, pipeline.source.groupId, wanted),
      logRanges(cluster, wanted),
    ]);
    const leaderless: Held[] = [];
    const still = new Set(this.#wanted(wanted));
    for (const [i, held] of wanted.entries()) {
      const range = ranges[i];
      if (!still.has(held)) continue;
      if (range) {
        held.committed = committed[i]?.offset ?? null;
        this.#begin(held, held.committed, range);
      } else leaderless.push(held);
    }
    return leaderless;
  }

  /** Starts the epoch of a partition at offset `from`, or where the policy says when that is null or not in the log. */
  #begin(held: Held, from: bigint | null, range: LogRange): void {
    const { pipeline, intake, fetcher } = this.#options;
    const place = { pipeline: pipeline.id, topic: held.topic, partition: held.partition };
    const start = startOffset(from, range, pipeline.source);
    held.sawEnds(range.end, range.end, this.#options.clock.now());
    if (from !== null && (start.type === 'lost' || (start.type === 'start' && start.isLost))) {
      const policy = pipeline.source.onOffsetLost;
      publish('partition.lost-offset', {
        ...place,
        committed: from,
        logStart: range.start,
        logEnd: range.end,
        policy,
      });
    }
    if (start.type !== 'start') {
      this.stopReading(held, stopReason(start.type, held, from, range));
      return;
    }
    const isCommitted = start.offset === held.committed;
    held.epoch = intake.assign(
      held.topic,
      held.partition,
      start.offset,
      isCommitted ? held.committed : null,
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

  /**
   * The position of a partition is not in the log any more. When the leader says so too, its epoch ends as it is and a new one
   * starts where the policy says.
   */
  async repair(held: Held): Promise<void> {
    const { fetcher, pipeline, intake } = this.#options;
    const position = held.epoch?.position;
    const range = await this.#range(held);
    if (held.state !== 'running' || position === undefined || !range) return;
    if (position >= range.start && position <= range.end) {
      // Only a broker that lags behind has lost it, which may take a while.
      held.notBeforeMs = this.#options.clock.now() + RETRY_MS;
      fetcher.add(held);
      return;
    }
    held.epoch?.close();
    held.epoch = null;
    held.state = 'adopting';
    await intake.whenFree(held.topic, held.partition);
    if (this.#held.get(held.name) !== held) return;
    const start = startOffset(position, range, pipeline.source);
    this.#begin(held, position, range);
    if (start.type === 'start') this.#options.committer.request();
  }

  async #range(held: Held): Promise<LogRange | undefined> {
    const { cluster, clock } = this.#options;
    while (this.#held.get(held.name) === held && held.state === 'running') {
      await cluster.refreshMetadata().catch(() => {});
      const [range] = await logRanges(cluster, [held]);
      if (range) return range;
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    }
    return undefined;
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
    if (this.#held.get(held.name) === held) this.#held.delete(held.name);
  }
}

function leaderlessError(held: readonly Held[]): MillraceError {
  const names = held.map(({ name }) => name).join(', ');
  return new MillraceError('MR320', `No leader answers at the moment for ${names}.`);
}

/** Pause before a lookup that failed is tried again, in ms. */
const RETRY_MS = 200;
/** What an aborted handler gets to end, in ms. */
const ABORT_GRACE_MS = 1000;
/** What the last commit of a partition gets at least, in ms. */
const COMMIT_MS = 2000;

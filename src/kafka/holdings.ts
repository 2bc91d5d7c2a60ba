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
   * Takes partitions on: waits until no old run of theirs goes on, looks their offsets up, and starts to fetch. Tries again
   * until it succeeds or the partition is no longer wanted.
   */
  adopt(places: readonly { readonly topic: string; readonly partition: number }[]): void {
    const fresh = places.map(({ topic, partition }) => new Held(topic, partition));
    for (const held of fresh) this.#held.set(held.name, held);
    void this.#adopt(fresh);
  }

  async #adopt(fresh: readonly Held[]): Promise<void> {
    const { intake, clock } = this.#options;
    await Promise.all(fresh.map(({ topic, partition }) => intake.whenFree(topic, partition)));
    for (let wanted = this.#wanted(fresh); wanted.length > 0; wanted = this.#wanted(fresh)) {
      try {
        await this.#start(wanted);
      } catch (cause) {
        const { id, source } = this.#options.pipeline;
        publish('adoption.failed', {
          pipeline: id,
          groupId: source.groupId,
          error: reportError(cause),
        });
        this.#options.coordinator.forget();
        await this.#options.cluster.refreshMetadata().catch(() => {});
        await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
      }
    }
  }

  /** Those that are still to be started: not given up meanwhile. */
  #wanted(fresh: readonly Held[]): Held[] {
    return fresh.filter((held) => held.state === 'adopting' && this.#held.get(held.name) === held);
  }

  async #start(wanted: readonly Held[]): Promise<void> {
    const { cluster, coordinator, pipeline } = this.#options;
    const [committed, ranges] = await Promise.all([
      committedOffsets(coordinator, pipeline.source.groupId, wanted),
      logRanges(cluster, wanted),
    ]);
    for (const [i, held] of wanted.entries()) {
      if (held.state !== 'adopting' || this.#held.get(held.name) !== held) continue;
      held.committed = committed[i]?.offset ?? null;
      this.#begin(held, held.committed, ranges[i] as LogRange);
    }
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

  /** A partition isn't read any more, by policy. What was handed out still ends, and is committed. */
  stopReading(held: Held, reason: MillraceError): void {
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
      // Only a follower that lags behind has lost it.
      fetcher.add(held);
      return;
    }
    held.epoch?.close();
    held.epoch = null;
    held.state = 'adopting';
    await intake.whenFree(held.topic, held.partition);
    if (this.#held.get(held.name) !== held) return;
    const policy = { ...pipeline.source, autoOffsetReset: 'none' as const };
    const start = startOffset(position, range, policy);
    this.#begin(held, position, range);
    if (start.type === 'start') this.#options.committer.request();
  }

  async #range(held: Held): Promise<LogRange | undefined> {
    const { cluster, clock } = this.#options;
    while (this.#held.get(held.name) === held && held.state === 'running') {
      await cluster.refreshMetadata().catch(() => {});
      const ranges = await logRanges(cluster, [held]).catch(() => undefined);
      if (ranges) return ranges[0];
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

function stopReason(
  type: 'uncommitted' | 'lost',
  held: Held,
  committed: bigint | null,
  range: LogRange,
): MillraceError {
  const where = `${held.topic}/${held.partition}`;
  if (type === 'uncommitted') {
    return new MillraceError(
      'MR350',
      `${where} has no committed offset and source.autoOffsetReset is none: it is not read. Commit an offset for the group, or choose earliest or latest.`,
      { facts: { topic: held.topic, partition: held.partition } },
    );
  }
  return new MillraceError(
    'MR351',
    `${where}: the committed offset ${committed} is not in the log, which goes from ${range.start} to ${range.end}. It is not read, since source.onOffsetLost is stop. Reset the offset of the group, or choose earliest or latest.`,
    {
      facts: {
        topic: held.topic,
        partition: held.partition,
        committed,
        logStart: range.start,
        logEnd: range.end,
      },
    },
  );
}

/** Pause before a lookup that failed is tried again, in ms. */
const RETRY_MS = 200;
/** What an aborted handler gets to end, in ms. */
const ABORT_GRACE_MS = 1000;
/** What the last commit of a partition gets at least, in ms. */
const COMMIT_MS = 2000;

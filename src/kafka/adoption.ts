import type { Clock } from '../contract/clock.ts';
import type { PipelineConfig } from '../contract/config.ts';
import { MillraceError, reportError } from '../contract/errors.ts';
import { publish } from '../contract/signals.ts';
import { readNote } from './commit-note.ts';
import type { Coordinator } from './coordinator.ts';
import type { Held, Intake } from './intake.ts';
import type { MissingTopics } from './missing-topics.ts';
import { type Committed, committedOffsets, type LogRange, leaderOf, logRanges } from './offsets.ts';
import type { Cluster } from './seam/cluster.ts';
import type { Loss } from './start-offset.ts';
import { topicIds } from './topic-ids.ts';

export interface AdoptionOptions {
  readonly pipeline: PipelineConfig;
  readonly groupId: string;
  readonly cluster: Cluster;
  readonly coordinator: Coordinator;
  readonly missing: MissingTopics;
  readonly intake: Intake;
  readonly clock: Clock;
  /** Whether this member still has the partition. */
  readonly isHeld: (held: Held) => boolean;
  /** Starts the epoch of a partition at offset `from`, or where the policy says when that is null or not of the log. */
  readonly begin: (held: Held, from: bigint | null, range: LogRange, known: Loss | null) => void;
}

/** From assigned to fetched: looks up where each partition that is taken on starts. */
export class Adoption {
  readonly #options: AdoptionOptions;

  constructor(options: AdoptionOptions) {
    this.#options = options;
  }

  /**
   * Waits until no old run of each goes on, looks their offsets up, and starts them. Tries again until it succeeds or the partition
   * is no longer wanted. One that has to wait holds up no other.
   */
  adopt(held: readonly Held[]): void {
    let free: Held[] = [];
    for (const each of held) {
      void this.#options.intake.whenFree(each.topic, each.partition).then(() => {
        // Those that are free in the same moment are looked up together.
        if (free.push(each) > 1) return;
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
    return held.filter((each) => each.state === 'adopting' && this.#options.isHeld(each));
  }

  /** Starts the epochs of all whose leader answers; returns the others. Rejects when the coordinator doesn't answer. */
  async #start(wanted: readonly Held[]): Promise<Held[]> {
    const { cluster, coordinator, groupId, missing } = this.#options;
    for (const held of wanted) held.leader = leaderOf(cluster, held);
    const [committed, ranges, ids] = await Promise.all([
      committedOffsets(coordinator, groupId, wanted),
      logRanges(cluster, wanted),
      topicIds(cluster, wanted),
    ]);
    const leaderless: Held[] = [];
    const still = new Set(this.#wanted(wanted));
    for (const [i, held] of wanted.entries()) {
      const range = ranges[i];
      const id = ids.get(held.name);
      if (!still.has(held)) continue;
      if (id === null) missing.missed(held.topic);
      if (range && typeof id === 'string') {
        missing.found(held.topic);
        held.topicId = id;
        this.#resume(held, committed[i] as Committed, range);
      } else leaderless.push(held);
    }
    return leaderless;
  }

  /** Starts at what the group has committed, unless it was committed for another topic of that name. */
  #resume(held: Held, { offset, metadata }: Committed, range: LogRange): void {
    const note = readNote(metadata, offset);
    const isOther = note !== null && note.topicId !== '' && note.topicId !== held.topicId;
    held.committed = offset;
    held.readEpoch = note?.leaderEpoch ?? -1;
    held.settled = note?.settled ?? [];
    const isKnown = held.topicId !== '';
    this.#options.begin(
      held,
      offset,
      range,
      isOther && isKnown ? { cause: 'recreated', from: range.start } : null,
    );
  }
}

function leaderlessError(held: readonly Held[]): MillraceError {
  const names = held.map(({ name }) => name).join(', ');
  return new MillraceError('MR320', `No leader answers at the moment for ${names}.`);
}

/** Pause before a lookup that failed is tried again, in ms. */
const RETRY_MS = 200;

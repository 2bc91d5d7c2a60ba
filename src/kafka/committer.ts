import PQueue from 'p-queue';
import type { Clock } from '../contract/clock.ts';
import { reportError } from '../contract/errors.ts';
import { publish } from '../contract/signals.ts';
import type { Coordinator } from './coordinator.ts';
import type { CommitPoint, Epoch, Held } from './intake.ts';
import { byTopic } from './offsets.ts';
import { errorFromCode, offsetCommitRequest, offsetCommitResponse } from './seam/internals.ts';

/** Who commits: the broker refuses a commit of a member or generation that is over. */
export interface Identity {
  readonly memberId: string;
  readonly generation: number;
}

export interface CommitterOptions {
  readonly pipeline: string;
  readonly groupId: string;
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Text that goes with each commit, to tell who made it. */
  readonly metadata: string;
  /** null: this member holds nothing any more that it could commit for. */
  readonly identity: () => Identity | null;
  readonly held: () => Iterable<Held>;
  /** The broker doesn't know this member any more. */
  readonly onFenced: (cause: Error) => void;
  /** Committing is not allowed. */
  readonly onDenied: (cause: Error) => void;
  readonly onAnswered: () => void;
}

/**
 * Commits watermarks, one request at a time. What a request carried counts as committed only when the broker says so, per
 * partition; everything else stays to be committed by the next one, which takes the watermarks of its own moment.
 */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #queue = new PQueue({ concurrency: 1 });
  #cancel: () => void = () => {};
  #isRequested = false;
  #commits = { ok: 0, failed: 0 };

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** Requests that succeeded and failed since the start. */
  get counts(): { readonly ok: number; readonly failed: number } {
    return this.#commits;
  }

  start(): void {
    this.#cancel = this.#options.clock.after(this.#options.intervalMs, () => {
      this.request();
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }

  /** Commits soon. Requests that come while one waits become one. */
  request(): void {
    if (this.#isRequested) return;
    this.#isRequested = true;
    void this.#queue.add(async () => {
      this.#isRequested = false;
      await this.#commit(this.#options.held());
    });
  }

  /**
   * Commits for these partitions and tries again until nothing is left or `untilMs` has come. True when nothing is left.
   */
  async commitAll(held: readonly Held[], untilMs: number): Promise<boolean> {
    const isDirty = (): boolean =>
      held.some(({ epoch }) => (epoch?.commitPoint() ?? null) !== null);
    const { clock } = this.#options;
    while (isDirty()) {
      await this.#queue.add(() => this.#commit(held));
      if (!isDirty()) break;
      if (clock.now() >= untilMs || this.#options.identity() === null) return false;
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    }
    return true;
  }

  async #commit(partitions: Iterable<Held>): Promise<void> {
    const { groupId, coordinator, clock, metadata, pipeline } = this.#options;
    const identity = this.#options.identity();
    const points = new Map<string, { held: Held; epoch: Epoch; point: CommitPoint }>();
    for (const held of partitions) {
      const point = held.epoch?.commitPoint();
      if (held.epoch && point) points.set(held.name, { held, epoch: held.epoch, point });
    }
    if (identity === null || points.size === 0) return;
    const startedMs = clock.now();
    try {
      const broker = await coordinator.find();
      // The wait for the coordinator may have taken long: what is sent must belong to who we are now.
      if (this.#options.identity() === null) return;
      const answer = await broker.connectionPool.send({
        request: offsetCommitRequest({
          groupId,
          groupGenerationId: identity.generation,
          memberId: identity.memberId,
          topics: byTopic(
            [...points.values()].map(({ held }) => held),
            ({ topic, partition }) => ({
              partition,
              offset: String(points.get(`${topic}/${partition}`)?.point.offset),
              metadata,
            }),
          ),
        }),
        response: offsetCommitResponse,
        logResponseError: false,
      });
      this.#options.onAnswered();
      let failure = 0;
      for (const { topic, partitions: committed } of answer.responses) {
        for (const { partition, errorCode } of committed) {
          const sent = points.get(`${topic}/${partition}`);
          if (errorCode !== 0) failure = errorCode;
          else if (sent) this.#confirm(sent);
        }
      }
      if (failure !== 0) throw errorFromCode(failure);
      this.#commits.ok++;
      publish('commit.done', {
        pipeline,
        groupId,
        partitions: points.size,
        elapsedMs: clock.now() - startedMs,
      });
    } catch (cause) {
      this.#failed(cause as Error & { type?: string });
    }
  }

  #confirm({ held, epoch, point }: { held: Held; epoch: Epoch; point: CommitPoint }): void {
    held.committed = point.offset;
    epoch.confirm(point);
  }

  #failed(cause: Error & { type?: string }): void {
    const { pipeline, groupId, coordinator, onFenced, onDenied } = this.#options;
    this.#commits.failed++;
    const isFenced = FENCED.has(cause.type ?? '');
    publish('commit.failed', {
      pipeline,
      groupId,
      error: reportError(cause),
      isRetried: !isFenced,
    });
    if (isFenced) onFenced(cause);
    else if (DENIED.has(cause.type ?? '')) onDenied(cause);
    else if (!POSTPONED.has(cause.type ?? '')) coordinator.forget();
  }
}

/** The member is gone for the broker. */
const FENCED = new Set(['UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID']);
const DENIED = new Set(['GROUP_AUTHORIZATION_FAILED', 'TOPIC_AUTHORIZATION_FAILED']);
/** The group is between two generations: the same offsets are committed in the next one. */
const POSTPONED = new Set(['ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS']);
/** Pause before a commit that must succeed is tried again, in ms. */
const RETRY_MS = 50;

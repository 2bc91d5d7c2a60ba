import PQueue from 'p-queue';
import type { Clock } from '../contract/clock.ts';
import { reportError } from '../contract/errors.ts';
import { publish } from '../contract/signals.ts';
import { writeNote } from './commit-note.ts';
import type { Coordinator } from './coordinator.ts';
import { type CommitPoint, type Epoch, type Held, nameOf } from './intake.ts';
import { byTopic } from './offsets.ts';
import type { Broker } from './seam/cluster.ts';
import { errorFromCode, offsetCommitResponse } from './seam/internals.ts';
import { offsetCommitRequest } from './seam/offset-commit-request.ts';

/** Who commits: the broker refuses a commit of a member or generation that is over. */
export interface Identity {
  readonly memberId: string;
  readonly generation: number;
}

export interface CommitterOptions {
  readonly pipeline: string;
  readonly groupId: string;
  /** Of a static member. */
  readonly instanceId: string | null;
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Who makes the commits, for the note that goes with each. */
  readonly clientId: string;
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
  /** How much of its note a broker takes; less once it has refused one for its size. */
  #noteLevel: 'whole' | 'terse' | 'none' = 'whole';

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
      await this.#commit(this.#options.held);
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
      await this.#queue.add(() => this.#commit(() => held));
      if (!isDirty()) break;
      if (clock.now() >= untilMs || this.#options.identity() === null) return false;
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    }
    return true;
  }

  async #commit(partitions: () => Iterable<Held>): Promise<void> {
    if (this.#options.identity() === null || pointsOf(partitions()).size === 0) return;
    let identity: Identity | null = null;
    try {
      const broker = await this.#options.coordinator.find();
      // The wait for the coordinator may have taken long: what is sent belongs to who we are now and to the epochs of now.
      identity = this.#options.identity();
      const points = pointsOf(partitions());
      if (identity !== null && points.size > 0) await this.#send(broker, identity, points);
    } catch (cause) {
      this.#failed(cause as Error & { type?: string }, identity);
    }
  }

  async #send(
    broker: Broker,
    { generation, memberId }: Identity,
    points: ReadonlyMap<string, Pending>,
  ): Promise<void> {
    const { groupId, instanceId, clock, pipeline } = this.#options;
    const startedMs = clock.now();
    const answer = await broker.connectionPool.send({
      request: offsetCommitRequest({
        groupId,
        groupGenerationId: generation,
        memberId,
        groupInstanceId: instanceId,
        topics: byTopic(
          [...points.values()].map(({ held }) => held),
          ({ name, partition }) => {
            const { point, held, epoch } = points.get(name) as Pending;
            return {
              partition,
              offset: String(point.offset),
              metadata: this.#note(held, epoch, point),
            };
          },
        ),
      }),
      response: offsetCommitResponse,
      logResponseError: false,
    });
    this.#options.onAnswered();
    let failure = 0;
    for (const { topic, partitions: committed } of answer.responses) {
      for (const { partition, errorCode } of committed) {
        const sent = points.get(nameOf(topic, partition));
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
  }

  /** Read in the same tick as the point: it is true of that offset alone. */
  #note({ topicId, readEpoch }: Held, epoch: Epoch, { offset }: CommitPoint): string {
    const { clientId } = this.#options;
    if (this.#noteLevel === 'none') return '';
    const settled = this.#noteLevel === 'whole' ? epoch.settledAbove() : [];
    return writeNote({ client: clientId, topicId, leaderEpoch: readEpoch, settled }, offset);
  }

  #confirm({ held, epoch, point }: Pending): void {
    held.committed = point.offset;
    epoch.confirm(point);
  }

  /** `sender`: as who it was sent; null when it wasn't. */
  #failed(cause: Error & { type?: string }, sender: Identity | null): void {
    const { pipeline, groupId, coordinator, onFenced, onDenied } = this.#options;
    this.#commits.failed++;
    if (cause.type === 'OFFSET_METADATA_TOO_LARGE') {
      this.#noteLevel = this.#noteLevel === 'whole' ? 'terse' : 'none';
    }
    const isFenced = FENCED.has(cause.type ?? '');
    publish('commit.failed', {
      pipeline,
      groupId,
      error: reportError(cause),
      isRetried: !isFenced,
    });
    if (isFenced) {
      // An id that the group has replaced meanwhile says nothing of the one of now.
      if (sender?.memberId === this.#options.identity()?.memberId) onFenced(cause);
    } else if (DENIED.has(cause.type ?? '')) onDenied(cause);
    else if (!POSTPONED.has(cause.type ?? '')) coordinator.forget();
  }
}

/** What is to be committed for a partition. */
interface Pending {
  readonly held: Held;
  readonly epoch: Epoch;
  readonly point: CommitPoint;
}

/** By name of the partition: what of these may be committed and isn't. */
function pointsOf(partitions: Iterable<Held>): Map<string, Pending> {
  const points = new Map<string, Pending>();
  for (const held of partitions) {
    const point = held.epoch?.commitPoint();
    if (held.epoch && point) points.set(held.name, { held, epoch: held.epoch, point });
  }
  return points;
}

/** The member is gone for the broker. */
const FENCED = new Set(['UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID']);
const DENIED = new Set(['GROUP_AUTHORIZATION_FAILED', 'TOPIC_AUTHORIZATION_FAILED']);
/** The group is between two generations: the same offsets are committed in the next one. */
const POSTPONED = new Set(['ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS']);
/** Pause before a commit that must succeed is tried again, in ms. */
const RETRY_MS = 50;

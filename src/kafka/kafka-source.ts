import type { Clock } from '../contract/clock.ts';
import type { KafkaConfig, PipelineConfig } from '../contract/config.ts';
import { MillraceError } from '../contract/errors.ts';
import { publish } from '../contract/signals.ts';
import { type Client, newClient } from './client.ts';
import { Committer } from './committer.ts';
import { connect, refusal, startError } from './connect.ts';
import { Coordinator } from './coordinator.ts';
import { Fetcher } from './fetcher.ts';
import { GroupMember } from './group-member.ts';
import { type GivenUp, Holdings } from './holdings.ts';
import { Held, type Intake } from './intake.ts';
import { ManualMember } from './manual-member.ts';
import { committedOffsets, logEnds } from './offsets.ts';
import { Producer } from './producer.ts';
import { type Cluster, openCluster } from './seam/cluster.ts';
import { resolveTopics } from './subscription.ts';
import { verifyCommits } from './verify-commits.ts';

export interface KafkaSourceOptions {
  readonly kafka: KafkaConfig;
  readonly pipeline: PipelineConfig;
  readonly clock: Clock;
  readonly intake: Intake;
  /** An error that no waiting mends, after the start. */
  readonly onFatal: (cause: MillraceError) => void;
}

/** Records that were handed out and not ended, or ended and not committed, when the source stopped. */
export interface Abandoned {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly open: number;
}

/**
 * The Kafka side of one pipeline: its membership, what it holds, fetches, commits and outputs. Requests for records and offsets have
 * connections of their own, so that a join that waits for other members holds nothing up.
 */
export class KafkaSource {
  readonly #options: KafkaSourceOptions;
  readonly #client: Client;
  readonly #cluster: Cluster;
  readonly #coordinator: Coordinator;
  readonly #fetcher: Fetcher;
  readonly #committer: Committer;
  readonly #holdings: Holdings;
  readonly #member: GroupMember | ManualMember;
  readonly producer: Producer;
  /** Partitions of which something was abandoned so far. */
  abandonedCount = 0;
  #answeredMs: number | null = null;
  #cancelEnds: () => void = () => {};

  /** `openClient`: how clients are made; one for the source, and one for each session with the group. */
  constructor(
    options: KafkaSourceOptions,
    openClient: (config: KafkaConfig) => Client = newClient,
  ) {
    const { kafka, pipeline, clock, intake } = options;
    const { groupId, instanceId, discoveryIntervalMs } = pipeline.source;
    this.#options = options;
    this.#client = openClient(kafka);
    const cluster = openCluster(this.#client.kafka, groupId, discoveryIntervalMs);
    this.#cluster = cluster;
    this.#coordinator = new Coordinator(cluster, groupId);
    this.#fetcher = new Fetcher({
      client: this.#client,
      cluster,
      source: pipeline.source,
      clock,
      events: {
        outOfRange: (held, divergedAt) => void this.#holdings.outOfRange(held, divergedAt),
        unknownTopic: (held) => void this.#holdings.unknownTopic(held),
        unreadable: (held, cause) => this.#unreadable(held, cause),
        denied: (_held, cause) => this.#fatal(cause),
        answered: () => this.#answered(),
      },
    });
    this.#committer = new Committer({
      pipeline: pipeline.id,
      groupId,
      instanceId,
      coordinator: this.#coordinator,
      clock,
      intervalMs: pipeline.commit.intervalMs,
      clientId: kafka.clientId,
      identity: () => this.#member.identity,
      held: () => this.#holdings.all,
      onFenced: (cause) => this.#member.fenced(cause.message),
      onDenied: (cause) => this.#fatal(cause),
      onAnswered: () => {
        this.#answered();
        this.#member.heard();
      },
    });
    this.#holdings = new Holdings({
      pipeline,
      cluster,
      coordinator: this.#coordinator,
      committer: this.#committer,
      fetcher: this.#fetcher,
      intake,
      clock,
      onFatal: options.onFatal,
    });
    const membership = {
      newKafka: () => openClient(kafka).kafka,
      pipeline,
      clock,
      cluster,
      coordinator: this.#coordinator,
      holdings: this.#holdings,
      onAlive: () => this.#answered(),
      onFatal: options.onFatal,
    };
    this.#member = pipeline.source.partitions
      ? new ManualMember(membership)
      : new GroupMember(membership);
    this.producer = new Producer({
      client: this.#client,
      cluster,
      clock,
      acks: pipeline.sink?.acks ?? 'all',
      compression: pipeline.sink?.compression ?? 'none',
    });
  }

  /** Connects and looks the sink's topic up. Rejects with MR301 (exit 69), MR305 (exit 77) or MR340 (exit 78). */
  async connect(): Promise<void> {
    const { kafka, pipeline, clock } = this.#options;
    await connect(this.#cluster, this.#client, kafka, clock);
    this.#answered();
    if (!pipeline.sink) return;
    try {
      await this.producer.prepare(pipeline.sink.topic);
    } catch (cause) {
      throw startError(cause, this.#client, kafka);
    }
  }

  /** Connects and looks up all that a start would, without joining. Returns what is wrong. */
  async check(): Promise<unknown[]> {
    const { groupId } = this.#options.pipeline.source;
    const wrong: unknown[] = [];
    try {
      await this.connect();
    } catch (cause) {
      wrong.push(cause);
    }
    if (this.#answeredMs !== null) {
      try {
        const topics = await resolveTopics(this.#cluster, this.#options.pipeline.source);
        const places = topics.map((topic) => new Held(topic, 0));
        await committedOffsets(this.#coordinator, groupId, places);
      } catch (cause) {
        wrong.push(startError(cause, this.#client, this.#options.kafka));
      }
    }
    await this.#cluster.disconnect().catch(() => {});
    return wrong;
  }

  /**
   * Joins the group. Resolves with the first assignment. Rejects with a MillraceError whose exit code is 69 (no broker answers any more), 77
   * (refused) or 78 (a topic that doesn't exist).
   */
  async join(): Promise<void> {
    this.#committer.start();
    try {
      await this.#member.start();
    } catch (cause) {
      throw startError(cause, this.#client, this.#options.kafka);
    }
    this.#watchEnds();
  }

  /** Some partition may have room again. */
  wake(): void {
    this.#fetcher.wake();
  }

  /** Commits soon. */
  requestCommit(): void {
    this.#committer.request();
  }

  /**
   * Drains everything until `untilMs`, commits, reads the offsets back, and leaves the group. Returns what was abandoned: nothing
   * when the stop was clean.
   */
  async stop(untilMs: number): Promise<Abandoned[]> {
    const { clock } = this.#options;
    this.#cancelEnds();
    this.#member.retire();
    const given = await this.#holdings.revoke([...this.#holdings.all], untilMs, 'shutdown');
    const abandoned = given.flatMap((each) => this.#abandoned(each));
    const byMs = clock.now() + LEAVE_MS;
    const late = new Promise<void>((resolve) => clock.after(LEAVE_MS, resolve));
    await Promise.race([verifyCommits(this.#coordinator, this.#options.pipeline, given), late]);
    this.#committer.stop();
    this.producer.close();
    await this.#member.leave(Math.max(0, byMs - clock.now()));
    this.#fetcher.stop();
    const disconnected = this.#cluster.disconnect().catch(() => {});
    // A connection that no broker ever answered on isn't closed before its own deadline.
    if (this.#answeredMs !== null) await Promise.race([disconnected, late]);
    return abandoned;
  }

  /** Milliseconds since a broker last answered; null before the first time. */
  get silentMs(): number | null {
    return this.#answeredMs === null ? null : this.#options.clock.now() - this.#answeredMs;
  }

  get held(): Iterable<Held> {
    return this.#holdings.all;
  }

  get member(): { memberId: string; generation: number; rebalances: number; state: string } {
    const { memberId, generation, rebalances, state } = this.#member;
    return { memberId, generation, rebalances, state };
  }

  get commits(): { readonly ok: number; readonly failed: number } {
    return this.#committer.counts;
  }

  #abandoned({ held, open, to, isCommitted }: GivenUp): Abandoned[] {
    if (open === 0 && isCommitted) return [];
    const { topic, partition } = held;
    const from = held.committed ?? 0n;
    this.abandonedCount++;
    publish('partition.abandoned', {
      pipeline: this.#options.pipeline.id,
      topic,
      partition,
      from,
      to,
      open,
    });
    return [{ topic, partition, from, to, open }];
  }

  #unreadable(held: Held, cause: Error): void {
    const reason =
      cause instanceof MillraceError
        ? cause
        : new MillraceError('MR352', `${held.name} can't be read: ${cause.message}`, { cause });
    this.#holdings.stopReading(held, reason);
  }

  #fatal(cause: Error): void {
    const refused = refusal(cause);
    if (refused) this.#options.onFatal(refused);
  }

  /** Partitions that aren't fetched have no other way to learn their end. */
  #watchEnds(): void {
    const look = async (): Promise<void> => {
      const held = [...this.#holdings.all].filter(({ state }) => state !== 'adopting');
      const readsCommitted = this.#options.pipeline.source.isolationLevel === 'readCommitted';
      const ends = await logEnds(this.#cluster, held, readsCommitted);
      for (const each of held) {
        const found = ends.get(each.name);
        if (found) each.sawEnds(found.end, found.readableEnd, this.#options.clock.now());
      }
      if (ends.size > 0) this.#answered();
      this.#watchEnds();
    };
    this.#cancelEnds = this.#options.clock.after(ENDS_MS, () => void look());
  }

  #answered(): void {
    this.#answeredMs = this.#options.clock.now();
  }
}

/** What reading back, leaving the group and closing connections get together: a silent broker must not hold up a stop. In ms. */
const LEAVE_MS = 1500;
/** Interval of asking for the ends of the partitions, in ms. */
const ENDS_MS = 5000;

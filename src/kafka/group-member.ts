import type { Kafka } from 'kafkajs';
import type { Clock } from '../contract/clock.ts';
import type { PipelineConfig } from '../contract/config.ts';
import { type MillraceError, reportError } from '../contract/errors.ts';
import { publish } from '../contract/signals.ts';
import type { Identity } from './committer.ts';
import { refusal } from './connect.ts';
import type { Coordinator } from './coordinator.ts';
import { type Deferred, deferred } from './deferred.ts';
import { Discovery } from './discovery.ts';
import type { Holdings } from './holdings.ts';
import { nameOf } from './intake.ts';
import { JoinHeartbeats } from './join-heartbeats.ts';
import { Lease } from './lease.ts';
import { replacedError } from './replaced-error.ts';
import type { Cluster } from './seam/cluster.ts';
import { groupAssigner } from './seam/group-assigner.ts';
import { GroupSession } from './seam/group-session.ts';

export interface GroupMemberOptions {
  /** Makes a client: each session with the group has its own. */
  readonly newKafka: () => Kafka;
  readonly pipeline: PipelineConfig;
  readonly clock: Clock;
  /** For lookups of topics; joining and heartbeats have connections of their own. */
  readonly cluster: Cluster;
  readonly holdings: Holdings;
  /** The coordinator over connections of our own. */
  readonly coordinator: Coordinator;
  /** The coordinator has answered. */
  readonly onAlive: () => void;
  /** An error that no waiting mends. */
  readonly onFatal: (cause: MillraceError) => void;
}

/**
 * This member of the consumer group: what it holds follows the group's assignment, cooperatively. A new generation is compared
 * with what is held: what is new is adopted, what is gone is drained and given up, and only then the group is asked again, so that
 * its next owner gets it. What stays is not touched. The session with the group is disposable: it is made anew after a crash, with
 * the same member id, and the partitions stay as long as the lease does.
 */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  readonly #lease: Lease;
  readonly #heartbeats: JoinHeartbeats;
  readonly #discovery: Discovery;
  #session: GroupSession | null = null;
  #memberId = '';
  #generation = -1;
  #state: 'joining' | 'stable' | 'stopping' | 'over' = 'joining';
  #crashes = 0;
  #rebalances = 0;
  #joined: Deferred;
  #cancelOpening: () => void = () => {};

  constructor(options: GroupMemberOptions) {
    this.#options = options;
    const { clock, coordinator, pipeline } = options;
    const { sessionTimeoutMs } = pipeline.source;
    this.#lease = new Lease(clock, sessionTimeoutMs, () => this.#lost('lease over'));
    this.#heartbeats = new JoinHeartbeats(clock, coordinator, pipeline.source, {
      identity: () => this.identity,
      onAlive: () => this.#alive(),
    });
    this.#discovery = new Discovery(options, () => this.#resubscribe());
    this.#joined = deferred();
    this.#joined.promise.catch(() => {});
  }

  /** Who commits; null when nothing may be committed. */
  get identity(): Identity | null {
    if (this.#generation < 0 || this.#memberId === '' || this.#lease.isOver) return null;
    return { memberId: this.#memberId, generation: this.#generation };
  }

  get memberId(): string {
    return this.#memberId;
  }

  get generation(): number {
    return this.#generation;
  }

  get rebalances(): number {
    return this.#rebalances;
  }

  get state(): string {
    return this.#state;
  }

  /** Joins the group; resolves with the first assignment. Rejects with what `onFatal` gets when it can't. */
  async start(): Promise<void> {
    await this.#discovery.start();
    void this.#open();
    await this.#joined.promise;
  }

  /** Tells that the coordinator was heard, by a commit. */
  heard(): void {
    if (this.#generation >= 0) this.#lease.renew();
  }

  /** The broker doesn't know this member any more. */
  fenced(reason: string): void {
    this.#lost(reason);
  }

  /** Takes no new assignment from now on. What is held stays, and so does the member. */
  retire(): void {
    if (this.#state !== 'over') this.#state = 'stopping';
    this.#discovery.stop();
  }

  /** Leaves the group, within `capMs`; a static member stays in it if it can. */
  async leave(capMs: number): Promise<void> {
    const isOwn = this.#state !== 'over';
    this.#state = 'over';
    this.#lease.end();
    this.#heartbeats.stop();
    const stays = this.#session?.stays ?? false;
    const late = new Promise<void>((resolve) => this.#options.clock.after(capMs, resolve));
    await Promise.race([this.#session?.stop(true).catch(() => {}), late]);
    if (!isOwn || this.#memberId === '') return;
    publish(stays ? 'member.stayed' : 'member.left', this.#place());
  }

  #alive(): void {
    this.#lease.renew();
    this.#options.onAlive();
  }

  #place(): { pipeline: string; groupId: string } {
    const { id, source } = this.#options.pipeline;
    return { pipeline: id, groupId: source.groupId };
  }

  /** Opens a session in place of the one that has ended, unless the member has left. */
  async #open(): Promise<void> {
    if (this.#state === 'over') return;
    this.#cancelOpening();
    const { newKafka, pipeline, clock, holdings } = this.#options;
    const { source } = pipeline;
    const session = new GroupSession({
      kafka: newKafka(),
      clock,
      groupId: source.groupId,
      topics: this.#discovery.topics,
      memberId: this.#session?.memberId ?? '',
      instanceId: source.instanceId,
      generation: this.#session?.generation ?? -1,
      sessionTimeoutMs: source.sessionTimeoutMs,
      rebalanceTimeoutMs: source.rebalanceTimeoutMs,
      heartbeatIntervalMs: source.heartbeatIntervalMs,
      metadataMaxAgeMs: source.discoveryIntervalMs,
      assigner: (cluster) =>
        groupAssigner(cluster, () => ({
          topics: this.#discovery.topics,
          owned: holdings.owned,
          generation: this.#generation,
        })),
      events: {
        joining: () => {
          this.#rebalances++;
          this.#heartbeats.start();
          publish('member.rebalancing', this.#place());
        },
        renamed: () => this.#drop('the group gave this member another id'),
        missed: () => this.#drop('the group went on without this member'),
        replaced: () => this.#replaced(),
        joined: (join) => this.#join(join),
        alive: () => this.#alive(),
        crashed: (cause) => this.#crashed(cause),
      },
    });
    this.#session = session;
    await session.start().catch(async (cause: Error) => {
      this.#crashed(cause);
      // kafkajs ends by itself only what it has run.
      await session.stop(false).catch(() => {});
    });
  }

  #join({
    memberId,
    generation,
    assignment,
  }: {
    memberId: string;
    generation: number;
    assignment: Record<string, number[]>;
  }): void {
    const { holdings } = this.#options;
    this.#memberId = memberId;
    this.#generation = generation;
    this.#crashes = 0;
    this.#heartbeats.stop();
    if (this.#state === 'stopping' || this.#state === 'over') return;
    this.#state = 'stable';
    const assigned = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    const names = new Set(assigned.map(({ topic, partition }) => nameOf(topic, partition)));
    const gone = [...holdings.all].filter(
      (held) => !names.has(held.name) && held.state !== 'revoking',
    );
    const added = assigned.filter(({ topic, partition }) => !holdings.get(topic, partition));
    publish('member.joined', {
      ...this.#place(),
      memberId,
      generation,
      added: added.map(({ topic, partition }) => nameOf(topic, partition)),
      revoked: gone.map((held) => held.name),
      kept: assigned.length - added.length,
    });
    holdings.adopt(added);
    if (gone.length > 0) void this.#giveUp(gone);
    this.#joined.resolve();
  }

  /** Gives up what is gone, then joins again: for what is done at once, and for what takes longer. */
  async #giveUp(gone: readonly { readonly name: string }[]): Promise<void> {
    const { holdings, clock, pipeline } = this.#options;
    const leaving = gone.flatMap(({ name }) =>
      [...holdings.all].filter((held) => held.name === name),
    );
    let isPlanned = false;
    await holdings.revoke(
      leaving,
      clock.now() + pipeline.rebalance.drainTimeoutMs,
      'revoked',
      () => {
        if (isPlanned) return;
        isPlanned = true;
        clock.after(GATHER_MS, () => {
          isPlanned = false;
          if (this.#state === 'stable') this.#session?.rejoin();
        });
      },
    );
  }

  /** Everything held may be somebody else's by now: drops it, and joins again to get what the group thinks is right. */
  #lost(reason: string): void {
    this.#drop(reason);
    if (this.#state !== 'over') this.#session?.rejoin();
  }

  /** To join once more, or to commit, would be to fight with the process that has the place now. */
  #replaced(): void {
    if (this.#state === 'over') return;
    this.#drop('another process has joined with its instance id');
    this.#state = 'over';
    const cause = replacedError(this.#options.pipeline, this.#memberId);
    this.#joined.reject(cause);
    this.#options.onFatal(cause);
  }

  #drop(reason: string): void {
    this.#generation = -1;
    this.#lease.end();
    const partitions = this.#options.holdings.lose();
    if (this.#state !== 'over') publish('member.lost', { ...this.#place(), reason, partitions });
  }

  #crashed(cause: Error): void {
    if (this.#state === 'over') return;
    const refused = refusal(cause);
    if (refused) {
      this.#joined.reject(refused);
      this.#options.onFatal(refused);
      return;
    }
    const delayMs = Math.min(10_000, 100 * 2 ** this.#crashes++);
    publish('member.crashed', { ...this.#place(), error: reportError(cause), delayMs });
    this.#cancelOpening = this.#options.clock.after(delayMs, () => void this.#open());
  }

  /** A session can't change its topics: another one is made. */
  async #resubscribe(): Promise<void> {
    await this.#session?.stop(false).catch(() => {});
    void this.#open();
  }
}

/** Partitions that are given up within this time are given up in one rebalance, in ms. */
const GATHER_MS = 20;

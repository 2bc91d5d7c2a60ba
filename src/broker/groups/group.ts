import type { Clock } from '../../contract/clock.ts';
import { type ErrorName, Refusal } from '../errors.ts';
import { type JoinAnswer, refusedJoin, refusedSync, type SyncAnswer } from './answers.ts';
import { Joining, type JoinRequest } from './joining.ts';
import type { Member } from './member.ts';
import { GroupOffsets } from './offsets.ts';
import { type GroupState, Rebalance } from './rebalance.ts';
import { refusalName } from './refusal-name.ts';
import { Roster } from './roster.ts';
import { Sessions } from './sessions.ts';
import type { GroupSettings } from './settings.ts';
import { CONSUMER_PROTOCOL_TYPE } from './subscription.ts';

/** Who a member says it is. */
export interface MemberClaim {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly generationId: number;
}

export interface SyncRequest extends MemberClaim {
  /** null of a version that does not tell. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** By member id; of the leader only. */
  readonly assignments: ReadonlyMap<string, Uint8Array>;
}

/** `memberId` is '' when somebody else has a static member removed. */
export type Leaver = Omit<MemberClaim, 'generationId'>;

/**
 * A consumer group as its coordinator has it: what JoinGroup, SyncGroup, Heartbeat, LeaveGroup and OffsetCommit do to it,
 * and its committed offsets. Every wait of a member ends: with the phase that it waits for, with its session, or when the
 * group is suspended. Source: Kafka 4.1, GroupMetadataManager and ClassicGroup.
 */
export class Group {
  readonly id: string;
  readonly offsets: GroupOffsets = new GroupOffsets();
  readonly #roster = new Roster();
  readonly #sessions: Sessions;
  readonly #rebalance: Rebalance;
  readonly #joining: Joining;

  constructor(id: string, clock: Clock, settings: GroupSettings) {
    this.id = id;
    this.#sessions = new Sessions(clock, (memberId) => this.#sessionEnded(memberId));
    this.#rebalance = new Rebalance(clock, settings, this.#roster, this.#sessions);
    this.#joining = new Joining(settings, this.#roster, this.#sessions, this.#rebalance);
  }

  get state(): GroupState {
    return this.#rebalance.state;
  }

  get generationId(): number {
    return this.#rebalance.generationId;
  }

  /** null of a group that only commits. */
  get protocolType(): string | null {
    return this.#roster.protocolType;
  }

  get protocolName(): string | null {
    return this.#rebalance.protocolName;
  }

  get leaderId(): string | null {
    return this.#roster.leaderId;
  }

  get members(): readonly Member[] {
    return this.#roster.members();
  }

  /** Resolves when the generation begins that the member is in, or at once with an error or when nothing changes. */
  join(request: JoinRequest): Promise<JoinAnswer> {
    return new Promise((resolve) => this.#joining.take(request, resolve));
  }

  /** Resolves when the leader has assigned, or at once with an error. */
  sync(request: SyncRequest): Promise<SyncAnswer> {
    return new Promise((resolve) => {
      try {
        this.#sync(request, resolve);
      } catch (error) {
        resolve(refusedSync(refusalName(error)));
      }
    });
  }

  /**
   * Renews the member's session. Throws REBALANCE_IN_PROGRESS when it is to join again, and UNKNOWN_MEMBER_ID,
   * FENCED_INSTANCE_ID or ILLEGAL_GENERATION when it is none.
   */
  heartbeat(claim: MemberClaim): void {
    this.#renew(this.#checked(claim));
    if (this.state === 'PreparingRebalance') throw new Refusal('REBALANCE_IN_PROGRESS');
  }

  /** Removes members; what became of each, in order. */
  leave(leavers: readonly Leaver[]): ErrorName[] {
    const outcomes = leavers.map((leaver) => this.#leave(leaver));
    if (outcomes.includes('NONE')) this.#rebalance.membersLeft();
    return outcomes;
  }

  /**
   * Checks that who commits may do so, and renews the session of a member. Without a generation (below 0) only an empty
   * group takes commits; transactional ones are taken in any phase. Nobody asks who owns a partition. Throws
   * UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION, or REBALANCE_IN_PROGRESS between JoinGroup and SyncGroup.
   */
  checkCommit(claim: MemberClaim, isTransactional: boolean): void {
    const { memberId, instanceId, generationId } = claim;
    if (generationId < 0 && this.state === 'Empty') return;
    const isMember = generationId >= 0 || memberId !== '' || instanceId !== null;
    if (!isMember && !isTransactional) throw new Refusal('UNKNOWN_MEMBER_ID');
    const member = isMember ? this.#checked(claim) : null;
    if (isTransactional) return;
    if (this.state === 'CompletingRebalance') throw new Refusal('REBALANCE_IN_PROGRESS');
    if (member !== null) this.#renew(member);
  }

  /** Throws NON_EMPTY_GROUP for a group with members of whose topics nothing is known. */
  checkOffsetDelete(): void {
    const isConsumers = this.protocolType === CONSUMER_PROTOCOL_TYPE;
    if (this.state !== 'Empty' && !isConsumers) throw new Refusal('NON_EMPTY_GROUP');
  }

  /** Whether its members subscribe to the topic; true of consumers whose subscriptions cannot be read. */
  isSubscribedTo(topic: string): boolean {
    const topics = this.#rebalance.subscribedTopics;
    return topics?.has(topic) ?? this.protocolType === CONSUMER_PROTOCOL_TYPE;
  }

  /** Ends a member's session as if it had not been heard of in time; one that waits for an answer is not missed. */
  endSession(memberId: string): void {
    this.#sessions.end(memberId);
  }

  /** Has all members join anew. An empty group stays as it is. */
  rebalance(): void {
    if (this.state !== 'Empty') this.#rebalance.changed();
  }

  /** Takes it from its coordinator: members that wait are told, and no time passes until `resume`. */
  suspend(): void {
    this.#sessions.cancelAll();
    this.#rebalance.suspend();
    this.#roster.unexpectAll();
    for (const member of this.members) {
      member.answerJoin(refusedJoin('NOT_COORDINATOR', member.id));
      member.answerSync(refusedSync('NOT_COORDINATOR'));
    }
  }

  /** Goes on with all sessions and waits anew. */
  resume(): void {
    this.#rebalance.resume();
  }

  #sync(request: SyncRequest, send: (answer: SyncAnswer) => void): void {
    const member = this.#checked(request);
    const { protocolType, protocolName, assignments } = request;
    if (
      (protocolType ?? this.protocolType) !== this.protocolType ||
      (protocolName ?? this.protocolName) !== this.protocolName
    ) {
      throw new Refusal('INCONSISTENT_GROUP_PROTOCOL');
    }
    if (this.state === 'PreparingRebalance') throw new Refusal('REBALANCE_IN_PROGRESS');
    this.#rebalance.synced(member);
    if (this.state === 'Stable') {
      send(this.#rebalance.syncAnswer(member));
      return;
    }
    member.waitForSync(send);
    if (this.leaderId === member.id) this.#rebalance.assign(assignments);
  }

  #leave(leaver: Leaver): ErrorName {
    if (this.#roster.unexpect(leaver.memberId)) {
      this.#sessions.cancel(leaver.memberId);
      return 'NONE';
    }
    try {
      const member = this.#leaving(leaver);
      this.#roster.remove(member);
      this.#sessions.cancel(member.id);
      return 'NONE';
    } catch (error) {
      return refusalName(error);
    }
  }

  #leaving({ memberId, instanceId }: Leaver): Member {
    if (memberId !== '' || instanceId === null) return this.#roster.checked(memberId, instanceId);
    const member = this.#roster.byInstance(instanceId);
    if (member === undefined) throw new Refusal('UNKNOWN_MEMBER_ID');
    return member;
  }

  /** The member, if it is one and in this generation. */
  #checked({ memberId, instanceId, generationId }: MemberClaim): Member {
    const member = this.#roster.checked(memberId, instanceId);
    if (generationId !== this.generationId) throw new Refusal('ILLEGAL_GENERATION');
    return member;
  }

  #renew(member: Member): void {
    this.#sessions.renew(member.id, member.sessionTimeoutMs);
  }

  #sessionEnded(memberId: string): void {
    const member = this.#roster.get(memberId);
    if (member === undefined) {
      if (this.#roster.unexpect(memberId)) this.#rebalance.expectedExpired();
      return;
    }
    // Who waits for an answer cannot send heartbeats, and gets a fresh session with the answer.
    if (!member.isNew && (member.isJoining || member.isSyncing)) return;
    this.#roster.remove(member);
    this.#rebalance.memberExpired();
  }
}

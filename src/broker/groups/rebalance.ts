import type { Clock } from '../../contract/clock.ts';
import { type JoinAnswer, NO_BYTES, refusedSync, type SyncAnswer } from './answers.ts';
import type { Member } from './member.ts';
import type { Roster } from './roster.ts';
import type { Sessions } from './sessions.ts';
import type { GroupSettings } from './settings.ts';
import { subscribedTopics } from './subscription.ts';

/** Phases of a group, as Kafka names them. Dead is what is told of a group that is not there. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

/**
 * The phases that a group goes through to get from one generation to the next, and the waits that end them:
 *
 * ```
 *   Empty ──────────► PreparingRebalance ──────────► CompletingRebalance ──────────► Stable
 *     ▲   a member      │  ▲   ▲        all joined, or │                leader       │
 *     └─────────────────┘  │   │        time is up     │                synced       │
 *         all are gone     │   └───────────────────────┘                             │
 *                          └──────── a member came, left, or changed ────────────────┘
 * ```
 *
 * Decides nothing about who may be a member. Source: Kafka 4.1, GroupMetadataManager, the parts for classic groups.
 */
export class Rebalance {
  readonly #clock: Clock;
  readonly #settings: GroupSettings;
  readonly #roster: Roster;
  readonly #sessions: Sessions;
  #state: GroupState = 'Empty';
  #generationId = 0;
  #protocolName: string | null = null;
  #subscribedTopics: ReadonlySet<string> | null = null;
  /** The group was empty before: it waits for its first members however soon all known ones have joined. */
  #isInitial = false;
  #hasNewcomer = false;
  readonly #unsynced = new Set<string>();
  #cancelJoin: () => void = nothing;
  #cancelSync: () => void = nothing;

  constructor(clock: Clock, settings: GroupSettings, roster: Roster, sessions: Sessions) {
    this.#clock = clock;
    this.#settings = settings;
    this.#roster = roster;
    this.#sessions = sessions;
  }

  get state(): GroupState {
    return this.#state;
  }

  get generationId(): number {
    return this.#generationId;
  }

  /** Elected for the generation; null before the first and in an empty group. */
  get protocolName(): string | null {
    return this.#protocolName;
  }

  /** Of the generation's members; null when unknown. */
  get subscribedTopics(): ReadonlySet<string> | null {
    return this.#subscribedTopics;
  }

  /** A member is about to be added. Puts the end of an initial rebalance off, so that more can come. */
  expectMore(): void {
    if (this.#state === 'PreparingRebalance' && this.#isInitial) this.#hasNewcomer = true;
  }

  /** A member joined or changed. Begins a rebalance, or ends the one under way if nobody else is awaited. */
  changed(): void {
    if (this.#state !== 'PreparingRebalance') this.#begin();
    else if (!this.#isInitial && this.#roster.hasAllJoined) this.#complete();
  }

  /** Members have left by their own wish. */
  membersLeft(): void {
    if (this.#state !== 'Empty') this.changed();
  }

  /** A member's session ended. */
  memberExpired(): void {
    if (this.#state === 'Stable' || this.#state === 'CompletingRebalance') this.#begin();
    else this.expectedExpired();
  }

  /** One who was given an id did not use it in time. */
  expectedExpired(): void {
    if (this.#state === 'PreparingRebalance' && this.#roster.hasAllJoined) this.#complete();
  }

  /** What a member of the generation is told about it when its JoinGroup is answered. */
  joinAnswer(member: Member): JoinAnswer {
    return {
      error: 'NONE',
      memberId: member.id,
      generationId: this.#generationId,
      protocolType: this.#roster.protocolType,
      protocolName: this.#protocolName,
      leader: this.#roster.leaderId ?? '',
      skipAssignment: false,
      members: this.#roster.leaderId === member.id ? this.#joined() : [],
    };
  }

  /** The member's assignment in the generation. */
  syncAnswer(member: Member): SyncAnswer {
    return {
      error: 'NONE',
      protocolType: this.#roster.protocolType,
      protocolName: this.#protocolName,
      assignment: member.assignment,
    };
  }

  /** A member asked for its assignment: it is no longer due to be removed for not asking. */
  synced(member: Member): void {
    this.#unsynced.delete(member.id);
    if (this.#unsynced.size === 0) this.#cancelSync();
  }

  /** The leader has assigned: all members get theirs, an empty one if it gave them none. */
  assign(assignments: ReadonlyMap<string, Uint8Array>): void {
    for (const member of this.#roster.members()) {
      member.assignment = assignments.get(member.id) ?? NO_BYTES;
      if (member.answerSync(this.syncAnswer(member))) this.#renew(member);
    }
    this.#state = 'Stable';
  }

  /** Stops all waits; `resume` takes them up. */
  suspend(): void {
    this.#cancelJoin();
    this.#cancelSync();
  }

  /** Begins the waits of the phase anew. */
  resume(): void {
    for (const member of this.#roster.members()) this.#renew(member);
    if (this.#state === 'PreparingRebalance') this.#completeAfter(this.#roster.rebalanceTimeoutMs);
    else if (this.#unsynced.size > 0) this.#awaitSync();
  }

  #begin(): void {
    if (this.#state === 'CompletingRebalance') this.#interrupt();
    this.#cancelSync();
    this.#isInitial = this.#state === 'Empty';
    this.#hasNewcomer = false;
    this.#state = 'PreparingRebalance';
    if (this.#isInitial) {
      const delayMs = this.#settings.initialRebalanceDelayMs;
      this.#gather(delayMs, Math.max(this.#roster.rebalanceTimeoutMs - delayMs, 0));
    } else if (this.#roster.hasAllJoined) this.#complete();
    else this.#completeAfter(this.#roster.rebalanceTimeoutMs);
  }

  /** Sends those back who wait for an assignment that will not come. */
  #interrupt(): void {
    for (const member of this.#roster.members()) {
      member.assignment = NO_BYTES;
      if (member.answerSync(refusedSync('REBALANCE_IN_PROGRESS'))) this.#renew(member);
    }
  }

  /** Waits for first members; as long again, within what is left, when some came in the meantime. */
  #gather(delayMs: number, leftMs: number): void {
    this.#cancelJoin = this.#clock.after(delayMs, () => {
      if (!this.#hasNewcomer || leftMs === 0) return this.#complete();
      this.#hasNewcomer = false;
      const nextMs = Math.min(this.#settings.initialRebalanceDelayMs, leftMs);
      this.#gather(nextMs, Math.max(leftMs - delayMs, 0));
    });
  }

  #completeAfter(delayMs: number): void {
    this.#cancelJoin();
    this.#cancelJoin = this.#clock.after(delayMs, () => this.#complete());
  }

  /** Begins the next generation with those who have joined. Static members are kept while their sessions last. */
  #complete(): void {
    this.#cancelJoin();
    for (const member of this.#roster.members()) {
      if (!member.isJoining && member.instanceId === null) this.#remove(member);
    }
    if (this.#roster.size > 0 && !this.#roster.electLeader()) {
      // Only static members are left, and none has come back. They have until their sessions end.
      this.#completeAfter(this.#roster.rebalanceTimeoutMs);
      return;
    }
    this.#generationId++;
    this.#unsynced.clear();
    this.#protocolName = this.#roster.electProtocol();
    const members = this.#roster.members();
    const { protocolType } = this.#roster;
    this.#subscribedTopics = subscribedTopics(protocolType, this.#protocolName, members);
    this.#state = members.length > 0 ? 'CompletingRebalance' : 'Empty';
    for (const member of members) this.#admit(member);
    if (members.length > 0) this.#awaitSync();
  }

  #admit(member: Member): void {
    member.answerJoin(this.joinAnswer(member));
    member.isNew = false;
    this.#unsynced.add(member.id);
    this.#renew(member);
  }

  #awaitSync(): void {
    this.#cancelSync = this.#clock.after(this.#roster.rebalanceTimeoutMs, () => {
      for (const memberId of this.#unsynced) {
        const member = this.#roster.get(memberId);
        if (member !== undefined) this.#remove(member);
      }
      this.#begin();
    });
  }

  #remove(member: Member): void {
    this.#roster.remove(member);
    this.#sessions.cancel(member.id);
  }

  #renew(member: Member): void {
    this.#sessions.renew(member.id, member.sessionTimeoutMs);
  }

  #joined(): JoinAnswer['members'] {
    return this.#roster.members().map((member) => ({
      memberId: member.id,
      instanceId: member.instanceId,
      metadata: member.metadataFor(this.#protocolName),
    }));
  }
}

const nothing = (): void => {};

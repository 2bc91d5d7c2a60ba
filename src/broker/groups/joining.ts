import { randomUUID } from 'node:crypto';
import { type JoinAnswer, refusedJoin } from './answers.ts';
import { Member, type MemberFacts } from './member.ts';
import type { Rebalance } from './rebalance.ts';
import { refusalName } from './refusal-name.ts';
import type { Roster } from './roster.ts';
import type { Sessions } from './sessions.ts';
import type { GroupSettings } from './settings.ts';

/** A JoinGroup. `memberId` is '' of one who has none yet. */
export interface JoinRequest extends MemberFacts {
  /** Whether a new member must come again with the id that it is given (KIP-394): from version 4 on. */
  readonly mustKnowId: boolean;
  /** Whether the answer has `skipAssignment`: from version 9 on. */
  readonly canSkipAssignment: boolean;
}
type Send = (answer: JoinAnswer) => void;

/**
 * Decides about JoinGroup: who may be a member, under which id, and whether that asks for a new generation. Sends an answer
 * at once, or leaves it with the member until the generation begins. Source: Kafka 4.1, GroupMetadataManager.
 */
export class Joining {
  readonly #settings: GroupSettings;
  readonly #roster: Roster;
  readonly #sessions: Sessions;
  readonly #rebalance: Rebalance;

  constructor(settings: GroupSettings, roster: Roster, sessions: Sessions, rebalance: Rebalance) {
    this.#settings = settings;
    this.#roster = roster;
    this.#sessions = sessions;
    this.#rebalance = rebalance;
  }

  take(request: JoinRequest, send: Send): void {
    const { memberId, instanceId, protocolType, protocols } = request;
    const isEmptyGroup = this.#rebalance.state === 'Empty';
    if (!this.#hasRoomFor(memberId)) {
      this.#remove(memberId);
      send(refusedJoin('GROUP_MAX_SIZE_REACHED', ''));
    } else if (!this.#roster.agrees(protocolType, protocols, isEmptyGroup)) {
      send(refusedJoin('INCONSISTENT_GROUP_PROTOCOL', memberId));
    } else if (memberId !== '') {
      this.#takeKnown(request, send);
    } else if (instanceId !== null) {
      this.#takeStatic(request, instanceId, send);
    } else if (request.mustKnowId) {
      send(refusedJoin('MEMBER_ID_REQUIRED', this.#giveId(request)));
    } else {
      this.#add(request, newId(request), send);
    }
  }

  /** Counts those who wait while a generation is being made, since the others may not come back. */
  #hasRoomFor(memberId: string): boolean {
    const member = this.#roster.get(memberId);
    switch (this.#rebalance.state) {
      case 'Empty':
      case 'Dead':
        return true;
      case 'PreparingRebalance':
        return member?.isJoining === true || this.#roster.joiningCount < this.#settings.maxMembers;
      case 'CompletingRebalance':
      case 'Stable':
        return member !== undefined || this.#roster.size < this.#settings.maxMembers;
    }
  }

  #remove(memberId: string): void {
    const member = this.#roster.get(memberId);
    if (member !== undefined) this.#roster.remove(member);
    this.#roster.unexpect(memberId);
    this.#sessions.cancel(memberId);
  }

  #giveId(request: JoinRequest): string {
    const memberId = newId(request);
    this.#roster.expect(memberId);
    this.#sessions.renew(memberId, request.sessionTimeoutMs);
    return memberId;
  }

  #takeKnown(request: JoinRequest, send: Send): void {
    const { memberId, instanceId, protocols } = request;
    if (this.#roster.isExpected(memberId)) {
      // No static member is ever given an id to come again with; Kafka fails in its own way too.
      if (instanceId !== null) send(refusedJoin('UNKNOWN_SERVER_ERROR', ''));
      else this.#add(request, memberId, send);
      return;
    }
    const member = this.#checked(request, send);
    if (member === null) return;
    const { state } = this.#rebalance;
    const isRetry = state === 'CompletingRebalance' || (state === 'Stable' && !this.#leads(member));
    // Nothing is new, so the answer may have been lost. A stable group's leader asks for a rebalance by joining.
    if (isRetry && member.hasSame(protocols)) send(this.#rebalance.joinAnswer(member));
    else this.#update(member, request, send);
  }

  #checked({ memberId, instanceId }: JoinRequest, send: Send): Member | null {
    try {
      return this.#roster.checked(memberId, instanceId);
    } catch (error) {
      send(refusedJoin(refusalName(error), memberId));
      return null;
    }
  }

  #leads(member: Member): boolean {
    return this.#roster.leaderId === member.id;
  }

  #update(member: Member, request: JoinRequest, send: Send): void {
    this.#replaceFacts(member, request);
    member.waitForJoin(send);
    this.#rebalance.changed();
  }

  #replaceFacts(member: Member, request: JoinRequest): void {
    member.protocols = request.protocols;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  }

  #add(request: JoinRequest, memberId: string, send: Send): void {
    const member = new Member({ ...request, memberId });
    member.isNew = true;
    this.#rebalance.expectMore();
    this.#roster.add(member);
    member.waitForJoin(send);
    this.#sessions.renew(memberId, this.#settings.newMemberTimeoutMs);
    this.#rebalance.changed();
  }

  #takeStatic(request: JoinRequest, instanceId: string, send: Send): void {
    const old = this.#roster.byInstance(instanceId);
    if (old === undefined) this.#add(request, newId(request), send);
    else this.#takeBack(old, request, send);
  }

  /** A static member that has started again gets a new id, its old assignment, and no rebalance if it can be helped. */
  #takeBack(old: Member, request: JoinRequest, send: Send): void {
    const oldLeader = this.#roster.leaderId ?? '';
    const member = this.#roster.replace(old, newId(request));
    this.#sessions.cancel(old.id);
    this.#sessions.renew(member.id, old.sessionTimeoutMs);
    this.#replaceFacts(member, request);
    const isSettled =
      this.#rebalance.state === 'Stable' &&
      this.#roster.electProtocol() === this.#rebalance.protocolName;
    if (!isSettled) {
      member.waitForJoin(send);
      this.#rebalance.changed();
      return;
    }
    const answer = this.#rebalance.joinAnswer(member);
    // Older clients would assign anew if they saw that they lead, so they are told of the leader that they were.
    if (request.canSkipAssignment) send({ ...answer, skipAssignment: this.#leads(member) });
    else send({ ...answer, leader: oldLeader, members: [] });
  }
}

const newId = ({ instanceId, clientId }: JoinRequest): string =>
  `${instanceId ?? clientId}-${randomUUID()}`;

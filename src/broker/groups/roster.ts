import { Refusal } from '../errors.ts';
import { refusedJoin, refusedSync } from './answers.ts';
import type { Member, Protocol } from './member.ts';

/**
 * Who is in a group: its members, the ids that were given out and not used yet, the leader, and what all of them have in
 * common. Knows nothing of phases and time. Source: Kafka 4.1, ClassicGroup.
 */
export class Roster {
  readonly #members = new Map<string, Member>();
  readonly #idByInstance = new Map<string, string>();
  /** Given out by MEMBER_ID_REQUIRED; their JoinGroup is still to come. */
  readonly #expected = new Set<string>();
  #leaderId: string | null = null;
  #protocolType: string | null = null;

  /** What kind of group it is, 'consumer' say; null until its first member. An emptied group keeps it. */
  get protocolType(): string | null {
    return this.#protocolType;
  }

  get leaderId(): string | null {
    return this.#leaderId;
  }

  get size(): number {
    return this.#members.size;
  }

  get joiningCount(): number {
    return this.members().filter(({ isJoining }) => isJoining).length;
  }

  /** All members wait for a generation, and nobody else is expected. True of an empty group. */
  get hasAllJoined(): boolean {
    return this.joiningCount === this.size && this.#expected.size === 0;
  }

  /** The longest of all members, in ms; 0 without any. */
  get rebalanceTimeoutMs(): number {
    return this.members().reduce((most, { rebalanceTimeoutMs: ms }) => Math.max(most, ms), 0);
  }

  members(): readonly Member[] {
    return [...this.#members.values()];
  }

  get(memberId: string): Member | undefined {
    return this.#members.get(memberId);
  }

  byInstance(instanceId: string): Member | undefined {
    const memberId = this.#idByInstance.get(instanceId);
    return memberId === undefined ? undefined : this.#members.get(memberId);
  }

  /** Throws UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID when another member has taken the place of a static one. */
  checked(memberId: string, instanceId: string | null): Member {
    if (instanceId !== null) {
      const holder = this.#idByInstance.get(instanceId);
      if (holder === undefined) throw new Refusal('UNKNOWN_MEMBER_ID');
      if (holder !== memberId) throw new Refusal('FENCED_INSTANCE_ID');
    }
    const member = this.#members.get(memberId);
    if (member === undefined) throw new Refusal('UNKNOWN_MEMBER_ID');
    return member;
  }

  expect(memberId: string): void {
    this.#expected.add(memberId);
  }

  isExpected(memberId: string): boolean {
    return this.#expected.has(memberId);
  }

  /** Takes an id back that was given out; false when it was not. */
  unexpect(memberId: string): boolean {
    return this.#expected.delete(memberId);
  }

  unexpectAll(): void {
    this.#expected.clear();
  }

  /** Adds a member, as the leader when there is none. Its protocols must be ones that `agrees` accepts. */
  add(member: Member): void {
    if (this.size === 0) this.#protocolType = member.protocolType;
    this.#leaderId ??= member.id;
    this.#members.set(member.id, member);
    if (member.instanceId !== null) this.#idByInstance.set(member.instanceId, member.id);
    this.#expected.delete(member.id);
  }

  /** Removes a member and refuses what it waits for; the first of the others leads in its place. */
  remove(member: Member): void {
    member.answerJoin(refusedJoin('UNKNOWN_MEMBER_ID', ''));
    member.answerSync(refusedSync('UNKNOWN_MEMBER_ID'));
    this.#members.delete(member.id);
    if (member.instanceId !== null) this.#idByInstance.delete(member.instanceId);
    if (this.#leaderId === member.id) this.#leaderId = this.#members.keys().next().value ?? null;
  }

  /** Gives a static member a new id. Whoever still waits with the old one is fenced. */
  replace(old: Member, memberId: string): Member {
    old.answerJoin(refusedJoin('FENCED_INSTANCE_ID', old.id));
    old.answerSync(refusedSync('FENCED_INSTANCE_ID'));
    const member = old.withId(memberId);
    const isLeader = this.#leaderId === old.id;
    this.#members.delete(old.id);
    this.add(member);
    if (isLeader) this.#leaderId = memberId;
    return member;
  }

  /** Makes a member that waits for the generation its leader, the old one if it does. False when none waits. */
  electLeader(): boolean {
    const leader = this.#members.get(this.#leaderId ?? '');
    if (leader === undefined) return false;
    const elected = leader.isJoining ? leader : this.members().find(({ isJoining }) => isJoining);
    if (elected === undefined) return false;
    this.#leaderId = elected.id;
    return true;
  }

  /** Whether someone with these protocols can be in the group: at least one is common to all. */
  agrees(protocolType: string, protocols: readonly Protocol[], isEmptyGroup: boolean): boolean {
    if (isEmptyGroup) return protocolType !== '' && protocols.length > 0;
    const common = this.#commonProtocols();
    return this.#protocolType === protocolType && protocols.some(({ name }) => common.has(name));
  }

  /** The protocol that most members want, of those common to all. */
  electProtocol(): string | null {
    const common = this.#commonProtocols();
    const votes = new Map<string, number>();
    for (const member of this.#members.values()) {
      const name = member.vote(common);
      if (name !== null) votes.set(name, (votes.get(name) ?? 0) + 1);
    }
    const [elected] = [...votes].sort(([, a], [, b]) => b - a);
    return elected?.[0] ?? null;
  }

  #commonProtocols(): ReadonlySet<string> {
    const counts = new Map<string, number>();
    for (const { protocols } of this.#members.values()) {
      const names = new Set(protocols.map(({ name }) => name));
      for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return new Set([...counts].flatMap(([name, count]) => (count === this.size ? [name] : [])));
  }
}

import { type JoinAnswer, NO_BYTES, refusedJoin, refusedSync, type SyncAnswer } from './answers.ts';

/** A way to share the work that a member can follow, with what it wants to tell the leader about itself. */
export interface Protocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

/** What a member says of itself when it joins. */
export interface MemberFacts {
  readonly memberId: string;
  /** Of a static member (KIP-345). */
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  /** In the order in which the member would have them; at least one. */
  readonly protocols: readonly Protocol[];
}

/**
 * A member of a group: its facts, its assignment, and the JoinGroup or SyncGroup that it waits for. At most one of each
 * waits: a second one sends the first back to join again, where Kafka would leave it without an answer.
 */
export class Member {
  readonly #facts: MemberFacts;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  #protocols: readonly Protocol[];
  #assignment: Uint8Array = NO_BYTES;
  /** It has not been in a generation: only the wait for its first answer bounds its session. */
  isNew = false;
  #join: ((answer: JoinAnswer) => void) | null = null;
  #sync: ((answer: SyncAnswer) => void) | null = null;

  constructor(facts: MemberFacts) {
    this.#facts = facts;
    this.sessionTimeoutMs = facts.sessionTimeoutMs;
    this.rebalanceTimeoutMs = facts.rebalanceTimeoutMs;
    this.#protocols = facts.protocols.map(kept);
  }

  get id(): string {
    return this.#facts.memberId;
  }

  get instanceId(): string | null {
    return this.#facts.instanceId;
  }

  get clientId(): string {
    return this.#facts.clientId;
  }

  get clientHost(): string {
    return this.#facts.clientHost;
  }

  get protocolType(): string {
    return this.#facts.protocolType;
  }

  get protocols(): readonly Protocol[] {
    return this.#protocols;
  }

  set protocols(protocols: readonly Protocol[]) {
    this.#protocols = protocols.map(kept);
  }

  get assignment(): Uint8Array {
    return this.#assignment;
  }

  set assignment(bytes: Uint8Array) {
    this.#assignment = Uint8Array.from(bytes);
  }

  get isJoining(): boolean {
    return this.#join !== null;
  }

  get isSyncing(): boolean {
    return this.#sync !== null;
  }

  /** The same with another id, as a static member gets one each time it starts. Nothing waits for it yet. */
  withId(memberId: string): Member {
    const member = new Member({ ...this.#facts, memberId });
    member.sessionTimeoutMs = this.sessionTimeoutMs;
    member.rebalanceTimeoutMs = this.rebalanceTimeoutMs;
    member.#protocols = this.#protocols;
    member.#assignment = this.#assignment;
    return member;
  }

  waitForJoin(answer: (answer: JoinAnswer) => void): void {
    this.answerJoin(refusedJoin('REBALANCE_IN_PROGRESS', this.id));
    this.#join = answer;
  }

  waitForSync(answer: (answer: SyncAnswer) => void): void {
    this.answerSync(refusedSync('REBALANCE_IN_PROGRESS'));
    this.#sync = answer;
  }

  /** Does nothing when no JoinGroup waits. */
  answerJoin(answer: JoinAnswer): void {
    const send = this.#join;
    this.#join = null;
    send?.(answer);
  }

  /** Returns false when no SyncGroup waits. */
  answerSync(answer: SyncAnswer): boolean {
    const send = this.#sync;
    this.#sync = null;
    send?.(answer);
    return send !== null;
  }

  metadataFor(protocolName: string | null): Uint8Array {
    return this.#protocols.find(({ name }) => name === protocolName)?.metadata ?? NO_BYTES;
  }

  /** Its first protocol among those that all members have. */
  vote(candidates: ReadonlySet<string>): string | null {
    return this.#protocols.find(({ name }) => candidates.has(name))?.name ?? null;
  }

  /** Whether these are the protocols it has: same names in the same order, same metadata. */
  hasSame(protocols: readonly Protocol[]): boolean {
    if (protocols.length !== this.#protocols.length) return false;
    return this.#protocols.every(({ name, metadata }, i) => {
      const other = protocols[i];
      return other?.name === name && Buffer.compare(metadata, other.metadata) === 0;
    });
  }
}

/** A copy, since what was decoded is a view that would keep the whole frame in memory. */
const kept = ({ name, metadata }: Protocol): Protocol => ({
  name,
  metadata: Uint8Array.from(metadata),
});

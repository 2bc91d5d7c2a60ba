/**
 * A consumer group in miniature: members that keep the cooperative protocol, that are cut off from it, and a leader
 * that is `assign`. It fails as soon as a partition is started while another member still has it. No broker, no time:
 * a round is JoinGroup and SyncGroup of everybody who is awake.
 */
import assert from 'node:assert/strict';
import { assign } from '../../../src/kafka/assigner/assign.ts';
import type { Assignment } from '../../../src/kafka/assigner/assignment.ts';
import {
  decodeMemberMetadata,
  encodeMemberMetadata,
} from '../../../src/kafka/assigner/member-metadata.ts';

export interface ModelMember {
  topics: readonly string[];
  /** What it works on or drains: `topic/partition`. */
  holds: Set<string>;
  /** The part of `holds` that it takes nothing new from. */
  draining: Set<string>;
  /** What it believes to hold after its session was lost; null while it is in the group. */
  stale: Set<string> | null;
  asleep: boolean;
  generation: number;
}

export class GroupModel {
  readonly counts: Map<string, number> = new Map();
  readonly members: Map<string, ModelMember> = new Map();
  /** How often each thing happened that the protocol is there for. */
  readonly seen = { withheld: 0, drained: 0, staleClaims: 0, missedSyncs: 0 };
  #generation = 0;
  #joined = 0;

  join(topics: readonly string[]): void {
    this.#joined += 1;
    this.members.set(`m${this.#joined}`, {
      topics,
      holds: new Set(),
      draining: new Set(),
      stale: null,
      asleep: false,
      generation: -1,
    });
  }

  leave(id: string): void {
    this.members.delete(id);
  }

  /** Its session ends: it may do nothing any more, but doesn't know and will claim what it had. */
  loseSession(id: string): void {
    const member = this.members.get(id);
    if (member === undefined || member.asleep) return;
    this.members.delete(id);
    this.#joined += 1;
    this.members.set(`m${this.#joined}`, {
      ...member,
      holds: new Set(),
      draining: new Set(),
      stale: member.stale ?? member.holds,
      asleep: true,
    });
  }

  wake(id: string): void {
    const member = this.members.get(id);
    if (member?.asleep) member.asleep = false;
  }

  drain(id: string): void {
    const member = this.members.get(id);
    if (member === undefined) return;
    for (const key of member.draining) {
      member.holds.delete(key);
      this.seen.drained += 1;
    }
    member.draining.clear();
  }

  /** Everybody awake joins; `missing` doesn't get the answer of SyncGroup and goes on as before. */
  rebalance(missing?: string): void {
    this.#generation += 1;
    const awake = [...this.members].filter(([, member]) => !member.asleep);
    const joined = awake.map(([memberId, member]) => ({
      memberId,
      ...decodeMemberMetadata(encodeMemberMetadata(claimOf(member))),
    }));
    const given = assign(joined, this.counts);
    this.#count(given, missing);
    for (const [id, member] of awake) {
      if (id === missing) continue;
      this.#adopt(id, member, keysOf(given.get(id)));
    }
  }

  /** Every partition that somebody in the group wants is held by one member. */
  assertComplete(): void {
    const awake = [...this.members.values()].filter(({ asleep }) => !asleep);
    for (const key of this.#keys()) {
      const topic = key.slice(0, key.indexOf('/'));
      const wanted = awake.some(({ topics }) => topics.includes(topic));
      const holders = awake.filter(({ holds }) => holds.has(key));
      assert.equal(holders.length, wanted ? 1 : 0, `${key} is held by ${holders.length}`);
    }
  }

  /** Who holds what, to compare. */
  holdings(): Record<string, string[]> {
    return Object.fromEntries([...this.members].map(([id, { holds }]) => [id, [...holds].sort()]));
  }

  #adopt(id: string, member: ModelMember, assigned: Set<string>): void {
    member.generation = this.#generation;
    member.stale = null;
    for (const key of member.holds) {
      if (assigned.has(key)) member.draining.delete(key);
      else member.draining.add(key);
    }
    for (const key of assigned) {
      for (const [other, { holds }] of this.members) {
        assert.ok(
          other === id || !holds.has(key),
          `${id} starts ${key}, which ${other} still holds`,
        );
      }
      member.holds.add(key);
    }
  }

  #keys(): string[] {
    return [...this.counts].flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => `${topic}/${partition}`),
    );
  }

  #count(given: ReadonlyMap<string, Assignment>, missing: string | undefined): void {
    const keys = new Set([...given.values()].flatMap((assignment) => [...keysOf(assignment)]));
    for (const { holds, stale, asleep } of this.members.values()) {
      for (const key of holds) if (!keys.has(key)) this.seen.withheld += 1;
      if (!asleep && stale !== null && stale.size > 0) this.seen.staleClaims += 1;
    }
    if (missing !== undefined) this.seen.missedSyncs += 1;
  }
}

function claimOf({ topics, holds, stale, generation }: ModelMember) {
  const owned = [...(stale ?? holds)].map((key) => ({
    topic: key.slice(0, key.indexOf('/')),
    partitions: [Number(key.slice(key.indexOf('/') + 1))],
  }));
  return { topics, owned, generation };
}

function keysOf(assignment: Assignment | undefined): Set<string> {
  return new Set(
    [...(assignment ?? [])].flatMap(([topic, list]) =>
      list.map((partition) => `${topic}/${partition}`),
    ),
  );
}

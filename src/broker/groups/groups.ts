import type { Clock } from '../../contract/clock.ts';
import { Refusal } from '../errors.ts';
import { type CoordinatorNode, Coordinators } from './coordinators.ts';
import { Group, type MemberClaim } from './group.ts';
import { GROUP_DEFAULTS, type GroupSettings } from './settings.ts';

/** What the groups must know of the cluster that they are in. */
export interface GroupsSurroundings {
  readonly clock: Clock;
  readonly settings?: Partial<GroupSettings> | undefined;
  /** The nodes that are up, always in the same order. */
  liveNodes(): readonly CoordinatorNode[];
  hasPartition(topic: string, partition: number): boolean;
}

/** Who commits: a member of a generation, or with a generation below 0 somebody who is in no group. */
export interface Committer extends MemberClaim {
  readonly groupId: string;
  readonly isTransactional: boolean;
}

/**
 * All groups of a cluster, and which node coordinates each. A group that asks another node than its coordinator is refused
 * with NOT_COORDINATOR. Groups stay until they are deleted: neither they nor their offsets expire.
 */
export class Groups {
  readonly settings: GroupSettings;
  readonly #clock: Clock;
  readonly #hasPartition: GroupsSurroundings['hasPartition'];
  readonly #coordinators: Coordinators;
  readonly #groups = new Map<string, Group>();
  /** Where each group is; null while no node is up. */
  readonly #places = new Map<string, number | null>();

  constructor(surroundings: GroupsSurroundings) {
    this.settings = { ...GROUP_DEFAULTS, ...surroundings.settings };
    this.#clock = surroundings.clock;
    this.#hasPartition = (topic, partition) => surroundings.hasPartition(topic, partition);
    this.#coordinators = new Coordinators(() => surroundings.liveNodes());
  }

  /** The group, wherever it is coordinated. */
  get(groupId: string): Group | undefined {
    return this.#groups.get(groupId);
  }

  /** Whether there is such a partition to commit offsets for. */
  hasPartition(topic: string, partition: number): boolean {
    return this.#hasPartition(topic, partition);
  }

  /** The node that coordinates the group, whether there is such a group or not; null when no node is up. */
  coordinatorOf(groupId: string): CoordinatorNode | null {
    return this.#coordinators.of(groupId);
  }

  /** The group as its coordinator has it, undefined when there is none. Throws NOT_COORDINATOR on another node. */
  at(nodeId: number, groupId: string): Group | undefined {
    if (this.coordinatorOf(groupId)?.id !== nodeId) throw new Refusal('NOT_COORDINATOR');
    return this.#groups.get(groupId);
  }

  /** The group as its coordinator has it, made when there is none. Throws NOT_COORDINATOR on another node. */
  ensureAt(nodeId: number, groupId: string): Group {
    const group = this.at(nodeId, groupId) ?? new Group(groupId, this.#clock, this.settings);
    this.#groups.set(groupId, group);
    this.#places.set(groupId, nodeId);
    return group;
  }

  /**
   * The group to commit to. One who is in no group makes it by committing. Throws what `Group.checkCommit` does, and for a
   * member of a group that is not there GROUP_ID_NOT_FOUND, or as older clients know it ILLEGAL_GENERATION.
   */
  forCommit(nodeId: number, committer: Committer, knowsNotFound: boolean): Group {
    const { groupId, generationId, isTransactional } = committer;
    if (this.at(nodeId, groupId) === undefined && generationId >= 0) {
      throw new Refusal(knowsNotFound ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION');
    }
    const group = this.ensureAt(nodeId, groupId);
    group.checkCommit(committer, isTransactional);
    return group;
  }

  /** The groups that a node coordinates. */
  of(nodeId: number): Group[] {
    return [...this.#groups.values()].filter(({ id }) => this.coordinatorOf(id)?.id === nodeId);
  }

  /** Throws GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP, NOT_COORDINATOR. */
  delete(nodeId: number, groupId: string): void {
    const group = this.at(nodeId, groupId);
    if (group === undefined) throw new Refusal('GROUP_ID_NOT_FOUND');
    if (group.state !== 'Empty') throw new Refusal('NON_EMPTY_GROUP');
    group.suspend();
    this.#groups.delete(groupId);
    this.#places.delete(groupId);
  }

  /** Deletes what all groups committed for the topic. */
  topicDeleted(topic: string): void {
    for (const { offsets } of this.#groups.values()) offsets.deleteTopic(topic);
  }

  /** Ends the transaction of a producer in all groups that it has offsets for. */
  completeTransaction(producerId: bigint, isCommit: boolean): void {
    for (const { offsets } of this.#groups.values()) offsets.complete(producerId, isCommit);
  }

  /** Has a node coordinate the group from now on, while it is up. */
  moveCoordinator(groupId: string, nodeId: number): void {
    this.#coordinators.move(groupId, nodeId);
    this.nodesChanged();
  }

  /** To be called when a node went down or came up: groups go to where they are coordinated now. */
  nodesChanged(): void {
    for (const [groupId, group] of this.#groups) {
      const place = this.coordinatorOf(groupId)?.id ?? null;
      if (this.#places.get(groupId) === place) continue;
      this.#places.set(groupId, place);
      group.suspend();
      if (place !== null) group.resume();
    }
  }

  /** Answers all members that wait, and stops all timers. */
  close(): void {
    for (const group of this.#groups.values()) group.suspend();
    this.#groups.clear();
  }
}

import { ERROR, type ErrorName, Refusal } from '../../src/broker/errors.ts';
import { Group } from '../../src/broker/groups/group.ts';
import { GROUP_DEFAULTS } from '../../src/broker/groups/settings.ts';
import type { Clock } from '../../src/contract/clock.ts';
import { decodeAssignment } from '../../src/kafka/assigner/assignment.ts';
import { errorFromCode } from '../../src/kafka/seam/internals.ts';
import type { Watch } from './watch.ts';

/** JoinGroup and its answer, in the shape of kafkajs's broker objects. */
export interface SimJoin {
  readonly memberId: string;
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

export interface SimJoined {
  readonly generationId: number;
  readonly groupProtocol: string;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

export interface SimSync {
  readonly memberId: string;
  readonly generationId: number;
  readonly groupAssignment: readonly {
    readonly memberId: string;
    readonly memberAssignment: Buffer;
  }[];
}

/**
 * The coordinator of the group: the embedded broker's own, which the conformance tests compare with a real Kafka. Its random
 * member ids are replaced by counted ones, so that a seed is one run.
 */
export class SimCoordinator {
  readonly group: Group;
  readonly #watch: Watch;
  /** Counted id to the group's own, and back. */
  readonly #real = new Map<string, string>();
  readonly #alias = new Map<string, string>();

  constructor(clock: Clock, watch: Watch) {
    this.group = new Group('orders-svc', clock, { ...GROUP_DEFAULTS, initialRebalanceDelayMs: 0 });
    this.#watch = watch;
  }

  /** Ids of the members there are. */
  get members(): string[] {
    return this.group.members.map(({ id }) => this.#aliasOf(id));
  }

  async join(request: SimJoin): Promise<SimJoined> {
    const ask = {
      instanceId: null,
      clientId: 'sim',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: request.sessionTimeout,
      rebalanceTimeoutMs: request.rebalanceTimeout,
      protocolType: 'consumer',
      protocols: request.groupProtocols,
      mustKnowId: false,
      canSkipAssignment: false,
    };
    const answer = await this.group.join({ ...ask, memberId: this.#realOf(request.memberId) });
    if (answer.error !== 'NONE') throw errorOf(answer.error);
    return {
      generationId: answer.generationId,
      groupProtocol: answer.protocolName as string,
      leaderId: this.#aliasOf(answer.leader),
      memberId: this.#aliasOf(answer.memberId),
      members: answer.members.map(({ memberId, metadata }) => ({
        memberId: this.#aliasOf(memberId),
        memberMetadata: Buffer.from(metadata),
      })),
    };
  }

  async sync(request: SimSync): Promise<{ memberAssignment: Buffer }> {
    const { memberId, generationId, groupAssignment } = request;
    const isTaken = this.group.state === 'CompletingRebalance' && groupAssignment.length > 0;
    const asked = this.group.sync({
      memberId: this.#realOf(memberId),
      generationId,
      instanceId: null,
      protocolType: null,
      protocolName: null,
      assignments: new Map(
        groupAssignment.map((each) => [this.#realOf(each.memberId), each.memberAssignment]),
      ),
    });
    if (isTaken && (this.group.state as string) === 'Stable') {
      for (const each of groupAssignment) {
        const partitions = decodeAssignment(each.memberAssignment).get('orders') ?? [];
        this.#watch.assigned(each.memberId, partitions);
      }
    }
    const answer = await asked;
    if (answer.error !== 'NONE') throw errorOf(answer.error);
    const partitions = decodeAssignment(answer.assignment).get('orders') ?? [];
    this.#watch.told(memberId, partitions);
    return { memberAssignment: Buffer.from(answer.assignment) };
  }

  heartbeat(claim: { memberId: string; generationId: number }): void {
    refusing(() => this.group.heartbeat({ ...this.#claim(claim) }));
  }

  leave(memberId: string): void {
    this.group.leave([{ memberId: this.#realOf(memberId), instanceId: null }]);
  }

  /** The code that a commit of this member is answered with, 0 when it may commit. */
  commitCode(claim: { memberId: string; generationId: number }): number {
    try {
      this.group.checkCommit(this.#claim(claim), false);
      return 0;
    } catch (error) {
      if (error instanceof Refusal) return error.code;
      throw error;
    }
  }

  /** Ends the session of a member as if nothing had been heard of it. */
  evict(memberId: string): void {
    this.group.endSession(this.#realOf(memberId));
  }

  /** Another broker takes over: who waits is told, and sessions begin anew. */
  move(): void {
    this.group.suspend();
    this.group.resume();
  }

  #claim({ memberId, generationId }: { memberId: string; generationId: number }): {
    memberId: string;
    generationId: number;
    instanceId: null;
  } {
    return { memberId: this.#realOf(memberId), generationId, instanceId: null };
  }

  #realOf(alias: string): string {
    return alias === '' ? '' : (this.#real.get(alias) ?? alias);
  }

  #aliasOf(real: string): string {
    if (real === '') return '';
    let alias = this.#alias.get(real);
    if (alias === undefined) {
      alias = `m-${this.#alias.size + 1}`;
      this.#alias.set(real, alias);
      this.#real.set(alias, real);
    }
    return alias;
  }
}

const errorOf = (name: ErrorName): Error => errorFromCode(ERROR[name]);

function refusing(run: () => void): void {
  try {
    run();
  } catch (error) {
    throw error instanceof Refusal ? errorFromCode(error.code) : error;
  }
}

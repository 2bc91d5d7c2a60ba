import assert from 'node:assert/strict';
import { errorName, Refusal } from '../../src/broker/errors.ts';
import type { JoinAnswer, SyncAnswer } from '../../src/broker/groups/answers.ts';
import { Group } from '../../src/broker/groups/group.ts';
import type { JoinRequest } from '../../src/broker/groups/joining.ts';
import type { Protocol } from '../../src/broker/groups/member.ts';
import { GROUP_DEFAULTS, type GroupSettings } from '../../src/broker/groups/settings.ts';
import { FakeClock } from './clock.ts';

/** Something that was asked of a group: `answer` is null until it is answered. */
export interface Asked<T> {
  answer: T | null;
}

/** A member of a rig's group, as it knows itself. */
export interface Seat {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly generationId: number;
}

export const bytes = (text: string): Uint8Array => Buffer.from(text);
export const protocols = (...names: readonly string[]): Protocol[] =>
  names.map((name) => ({ name, metadata: bytes(`of ${name}`) }));

/** What a member says when it joins; `facts` in the place of the usual. */
export const joinRequest = (facts: Partial<JoinRequest> = {}): JoinRequest => ({
  memberId: '',
  instanceId: null,
  clientId: 'client',
  clientHost: '/127.0.0.1',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 30_000,
  protocolType: 'consumer',
  protocols: protocols('range'),
  mustKnowId: false,
  canSkipAssignment: true,
  ...facts,
});

/** A group with a clock that stands still. Each method returns when all that it set off at once has happened. */
export class GroupRig {
  readonly clock: FakeClock = new FakeClock();
  readonly group: Group;

  constructor(settings: Partial<GroupSettings> = {}) {
    this.group = new Group('orders', this.clock, {
      ...GROUP_DEFAULTS,
      initialRebalanceDelayMs: 0,
      ...settings,
    });
  }

  async join(facts: Partial<JoinRequest> = {}): Promise<Asked<JoinAnswer>> {
    return watched(this.group.join(joinRequest(facts)));
  }

  async sync(
    seat: Seat,
    assignments: Readonly<Record<string, string>> = {},
  ): Promise<Asked<SyncAnswer>> {
    const given = Object.entries(assignments).map(([id, text]) => [id, bytes(text)] as const);
    const request = { ...seat, protocolType: null, protocolName: null };
    return watched<SyncAnswer>(this.group.sync({ ...request, assignments: new Map(given) }));
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    await turn();
  }

  /** Members that have joined and synced, so that the group is stable; the leader first. */
  async settle(...facts: readonly Partial<JoinRequest>[]): Promise<Seat[]> {
    const asked: Asked<JoinAnswer>[] = [];
    for (const each of facts) asked.push(await this.join(each));
    await this.advance(0);
    const seats = asked.map((each, i) => seatOf(answerOf(each), facts[i]?.instanceId ?? null));
    seats.sort((a) => (a.memberId === this.group.leaderId ? -1 : 1));
    for (const seat of seats) await this.sync(seat);
    assert.equal(this.group.state, 'Stable');
    return seats;
  }
}

/** Lets what has been settled reach those who wait for it. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The answer that must have come by now. */
export function answerOf<T>(asked: Asked<T>): T {
  assert.notEqual(asked.answer, null, 'It is not answered yet.');
  return asked.answer as T;
}

export const seatOf = (answer: JoinAnswer, instanceId: string | null = null): Seat => ({
  memberId: answer.memberId,
  instanceId,
  generationId: answer.generationId,
});

/** The name of the error that `run` refuses with; NONE when it does not. */
export function refusalOf(run: () => unknown): string {
  try {
    run();
    return 'NONE';
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return errorName(error.code);
  }
}

async function watched<T>(promise: Promise<T>): Promise<Asked<T>> {
  const asked: Asked<T> = { answer: null };
  promise.then(
    (answer) => {
      asked.answer = answer;
    },
    (error: unknown) => assert.fail(String(error)),
  );
  await turn();
  return asked;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JoinAnswer, SyncAnswer } from '../../../src/broker/groups/answers.ts';
import { type Asked, GroupRig, protocols, refusalOf, type Seat } from '../../support/group-rig.ts';

/** A client that keeps what it was last told, and may act on it long after. */
class Client {
  readonly rig: GroupRig;
  readonly instanceId: string | null;
  readonly mustKnowId: boolean;
  seat: Seat;
  joined: JoinAnswer | null = null;

  constructor(rig: GroupRig, instanceId: string | null, mustKnowId: boolean) {
    this.rig = rig;
    this.instanceId = instanceId;
    this.mustKnowId = mustKnowId;
    this.seat = { memberId: '', instanceId, generationId: -1 };
  }

  join(names: readonly string[]): Promise<Asked<JoinAnswer>> {
    const { instanceId, mustKnowId, seat } = this;
    const facts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 20_000, instanceId, mustKnowId };
    return this.rig.join({ ...facts, memberId: seat.memberId, protocols: protocols(...names) });
  }

  /** The leader gives every member its generation as the assignment. */
  sync(): Promise<Asked<SyncAnswer>> {
    const members = this.joined?.members ?? [];
    const generation = String(this.seat.generationId);
    return this.rig.sync(
      this.seat,
      Object.fromEntries(members.map(({ memberId }) => [memberId, generation])),
    );
  }

  forget(): void {
    this.seat = { ...this.seat, memberId: '', generationId: -1 };
    this.joined = null;
  }

  told(answer: JoinAnswer): void {
    const { error, memberId, generationId } = answer;
    if (error === 'UNKNOWN_MEMBER_ID') this.forget();
    else if (error === 'MEMBER_ID_REQUIRED') this.seat = { ...this.seat, memberId };
    else if (error === 'NONE') {
      this.seat = { ...this.seat, memberId, generationId };
      this.joined = answer;
    }
  }
}

/** Watches what a group answers, and what must be true of it. */
class Witness {
  readonly #joins: { client: Client; asked: Asked<JoinAnswer>; isSeen: boolean }[] = [];
  readonly #syncs: { generationId: number; asked: Asked<SyncAnswer> }[] = [];
  readonly #leaders = new Map<number, Set<string>>();
  #generationId = 0;

  joining(client: Client, asked: Asked<JoinAnswer>): void {
    this.#joins.push({ client, asked, isSeen: false });
  }

  syncing({ seat }: Client, asked: Asked<SyncAnswer>): void {
    this.#syncs.push({ generationId: seat.generationId, asked });
  }

  /** Looks at what has been answered since, and tells the clients. */
  look(rig: GroupRig): void {
    assert.ok(rig.group.generationId >= this.#generationId, 'A generation went backwards.');
    this.#generationId = rig.group.generationId;
    const { leaderId, members } = rig.group;
    assert.equal(leaderId === null, members.length === 0);
    if (leaderId !== null) assert.ok(members.some(({ id }) => id === leaderId));
    for (const join of this.#joins) {
      if (join.asked.answer === null || join.isSeen) continue;
      join.isSeen = true;
      this.#checkJoin(join.asked.answer);
      join.client.told(join.asked.answer);
    }
    for (const { generationId, asked } of this.#syncs) checkSync(generationId, asked.answer);
  }

  /** Of all that was asked, what was never answered. */
  get hanging(): number {
    return [...this.#joins, ...this.#syncs].filter(({ asked }) => asked.answer === null).length;
  }

  #checkJoin(answer: JoinAnswer): void {
    assert.equal(answer.generationId < 0, answer.error !== 'NONE');
    if (answer.members.length === 0 || answer.skipAssignment) return;
    const leaders = this.#leaders.get(answer.generationId) ?? new Set();
    this.#leaders.set(answer.generationId, leaders.add(answer.memberId));
    assert.equal(leaders.size, 1, 'Two members were told to assign one generation.');
  }
}

function checkSync(generationId: number, answer: SyncAnswer | null): void {
  if (answer?.error !== 'NONE') return;
  const given = Buffer.from(answer.assignment).toString();
  if (given !== '') assert.equal(given, String(generationId), 'An assignment is of another time.');
}

const step = fc.record({
  what: fc.constantFrom(
    ...(['join', 'join', 'join', 'sync', 'sync', 'heartbeat', 'commit'] as const),
    ...(['leave', 'crash', 'wait', 'wait', 'end', 'rebalance', 'move'] as const),
  ),
  who: fc.nat(4),
  ms: fc.constantFrom(0, 1, 3000, 9000, 10_000, 20_000, 300_000),
  names: fc.constantFrom(['range'], ['range', 'sticky'], ['sticky', 'range']),
});

test('whatever its members do, a group keeps its word and leaves nobody waiting', async () => {
  const run = async (steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]) => {
    const rig = new GroupRig({ initialRebalanceDelayMs: 3000 });
    const witness = new Witness();
    const clients = [
      ...[true, true, false].map((mustKnowId) => new Client(rig, null, mustKnowId)),
      ...['one', 'two'].map((instanceId) => new Client(rig, instanceId, true)),
    ];
    for (const { what, who, ms, names } of steps) {
      const client = clients[who] as Client;
      const { group } = rig;
      switch (what) {
        case 'join':
          witness.joining(client, await client.join(names));
          break;
        case 'sync':
          witness.syncing(client, await client.sync());
          break;
        case 'heartbeat':
          refusalOf(() => group.heartbeat(client.seat));
          break;
        case 'commit': {
          const isMember = group.members.some(({ id }) => id === client.seat.memberId);
          const error = refusalOf(() => group.checkCommit(client.seat, false));
          const isCurrent = isMember && client.seat.generationId === group.generationId;
          const isOutsider = client.seat.generationId < 0 && group.state === 'Empty';
          const isOpen = group.state !== 'CompletingRebalance';
          assert.equal(error === 'NONE', isOutsider || (isCurrent && isOpen), error);
          break;
        }
        case 'leave':
          group.leave([client.seat]);
          break;
        case 'crash':
          client.forget();
          break;
        case 'wait':
          await rig.advance(ms);
          break;
        case 'end':
          group.endSession(client.seat.memberId);
          break;
        case 'rebalance':
          group.rebalance();
          break;
        case 'move':
          group.suspend();
          group.resume();
          break;
      }
      await rig.advance(0);
      witness.look(rig);
    }
    for (let left = 1000; rig.clock.nextMs < Number.POSITIVE_INFINITY; left--) {
      assert.ok(left > 0, 'The timers never end.');
      await rig.advance(rig.clock.nextMs - rig.clock.now());
      witness.look(rig);
    }
    assert.equal(witness.hanging, 0);
    assert.equal(rig.group.state, 'Empty');
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), run), {
    numRuns: 500,
  });
});

import { ERROR } from '../../src/broker/errors.ts';
import type { FakeClock } from '../support/clock.ts';
import type { Dice } from '../support/dice.ts';
import { type Api, answers, type Requests } from '../support/fake-wire.ts';
import { SimCoordinator } from './sim-coordinator.ts';
import type { SimLog } from './sim-log.ts';
import type { Watch } from './watch.ts';

/** Topic of a run. */
export const TOPIC = 'orders';
export const NODES = 2;

type Answerers = {
  readonly [Name in Api]: (body: Requests[Name], node: number, code: number) => Buffer | Wait;
};
/** No answer yet: ask again after so many ms. */
interface Wait {
  readonly waitMs: number;
}

/**
 * The brokers: who leads what, the logs, the group and its offsets. Two nodes share the truth; which of them is asked matters
 * only for who leads, coordinates, and is up.
 */
export class SimBroker {
  readonly logs: readonly SimLog[];
  readonly leaders: number[];
  readonly down: Set<number> = new Set();
  coordinatorId = 1;
  readonly coordinator: SimCoordinator;
  /** By partition: what the group has committed; -1 is nothing. */
  readonly committed: number[];
  /** Metadata of those commits. */
  readonly #notes: (string | null)[] = [];
  readonly #clock: FakeClock;
  readonly #watch: Watch;

  constructor(logs: readonly SimLog[], clock: FakeClock, dice: Dice, watch: Watch) {
    this.logs = logs;
    this.#clock = clock;
    this.#watch = watch;
    this.leaders = logs.map(() => 1 + dice.below(NODES));
    this.committed = logs.map(() => -1);
    this.coordinator = new SimCoordinator(clock, watch);
  }

  /** Answers a request at a node; `code` is an error to answer with, 0 for none. `isLate`: it has waited already. */
  answer<Name extends Api>(
    api: Name,
    body: Requests[Name],
    at: { readonly node: number; readonly code: number; readonly isLate: boolean },
  ): Buffer | Wait {
    const answerer = this.#answerers[api] as Answerers[Name];
    const found = answerer(body, at.node, at.code);
    if (!Buffer.isBuffer(found) && at.isLate) return this.#fetch(body as Requests['Fetch'], at, 0);
    return found;
  }

  readonly #answerers: Answerers = {
    Produce: () => {
      throw new Error('nothing is produced in a simulation: outputs are the threads’ own');
    },
    Metadata: () => {
      throw new Error('topics have no ids in a simulation: its brokers are older than those');
    },
    Fetch: (body, node, code) => this.#fetch(body, { node, code }, body.maxWaitMs),
    ListOffsets: ({ partitions }, node, code) =>
      answers.offsets(
        partitions.map(({ topic, partition, timestamp }) => {
          const log = this.logs[partition] as SimLog;
          const offset = timestamp === -2n ? log.start : log.end(this.#clock.now());
          const error = code || this.#ledCode(partition, node);
          return { topic, partition, offset: BigInt(offset), error };
        }),
      ),
    OffsetFetch: ({ partitions }, node, code) =>
      answers.committed(
        partitions.map(({ topic, partition }) => ({
          topic,
          partition,
          offset: BigInt(this.committed[partition] as number),
          metadata: this.#notes[partition] ?? '',
        })),
        code || this.#coordinatedCode(node),
      ),
    OffsetCommit: (body, node, code) => this.#commit(body, code || this.#coordinatedCode(node)),
  };

  #fetch(
    { partitions }: Requests['Fetch'],
    { node, code }: { readonly node: number; readonly code: number },
    waitMs: number,
  ): Buffer | Wait {
    const nowMs = this.#clock.now();
    let isWorth = waitMs === 0;
    const fetched = partitions.map(({ topic, partition, offset, maxBytes }) => {
      const log = this.logs[partition] as SimLog;
      const end = log.end(nowMs);
      const position = Number(offset);
      const isLost = position < log.start || position > end;
      const error =
        code || this.#ledCode(partition, node) || (isLost ? ERROR.OFFSET_OUT_OF_RANGE : 0);
      const set = error === 0 ? log.read(position, maxBytes, nowMs) : null;
      if (error !== 0 || (set && set.length > 0)) isWorth = true;
      const aborted = log.aborted.filter(({ marker }) => marker >= position);
      return { topic, partition, error, highWatermark: BigInt(end), aborted, set };
    });
    return isWorth ? answers.fetch(fetched) : { waitMs };
  }

  #commit({ memberId, generation, partitions }: Requests['OffsetCommit'], code: number): Buffer {
    const claim = { memberId: memberId ?? '', generationId: generation };
    const refused = code || this.coordinator.commitCode(claim);
    if (refused === 0) {
      for (const { partition, offset, metadata } of partitions) {
        this.#watch.committed(claim.memberId, partition, Number(offset));
        this.committed[partition] = Number(offset);
        this.#notes[partition] = metadata;
      }
    }
    return answers.commit(partitions.map((each) => ({ ...each, error: refused })));
  }

  #ledCode(partition: number, node: number): number {
    return this.leaders[partition] === node ? 0 : ERROR.NOT_LEADER_OR_FOLLOWER;
  }

  #coordinatedCode(node: number): number {
    return this.coordinatorId === node ? 0 : ERROR.NOT_COORDINATOR;
  }
}

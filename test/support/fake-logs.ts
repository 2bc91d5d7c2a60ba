import type { LogRange } from '../../src/kafka/offsets.ts';
import type { FakeCall } from './fake-broker.ts';
import type { FakeCluster } from './fake-cluster.ts';
import { commitAnswer } from './fake-committer.ts';
import { type Api, answers } from './fake-wire.ts';

const calledFor = <Name extends Api>(call: FakeCall, api: Name): call is FakeCall<Name> =>
  call.api === api;

/**
 * What the brokers of a fake cluster know: the range of each log, by default 0 to 100, and what the group has committed. They
 * answer for it by themselves; fetches and produce requests stay open.
 */
export class FakeLogs {
  readonly logs: Map<string, LogRange> = new Map();
  /** Ends of what may be read under read committed, where that is below the end. */
  readonly stableEnds: Map<string, bigint> = new Map();
  readonly committed: Map<string, bigint> = new Map();
  /** Metadata that comes with what is committed. */
  readonly notes: Map<string, string> = new Map();
  /** Id of each topic as Kafka prints it; null: it does not exist. Brokers give ids only if their versions say so. */
  readonly ids: Map<string, string | null> = new Map();
  /** Error that all requests of an API are answered with. */
  readonly errors: Map<Api, number> = new Map();
  /** APIs whose requests stay open for the test. */
  readonly held: Set<Api> = new Set();

  constructor(cluster: FakeCluster) {
    for (const broker of cluster.brokers.values()) broker.onCall = (call) => this.#answer(call);
  }

  range(name: string): LogRange {
    return this.logs.get(name) ?? { start: 0n, end: 100n };
  }

  #answer(call: FakeCall): Buffer | undefined {
    if (this.held.has(call.api)) return undefined;
    const error = this.errors.get(call.api) ?? 0;
    if (calledFor(call, 'OffsetFetch')) {
      return answers.committed(
        call.body.partitions.map((place) => ({
          ...place,
          offset: this.committed.get(`${place.topic}/${place.partition}`) ?? -1n,
          metadata: this.notes.get(`${place.topic}/${place.partition}`) ?? '',
        })),
        error,
      );
    }
    if (calledFor(call, 'ListOffsets')) {
      const { isolation, partitions } = call.body;
      return answers.offsets(
        partitions.map(({ topic, partition, timestamp }) => {
          const name = `${topic}/${partition}`;
          const { start, end } = this.range(name);
          const readable = isolation === 1 ? (this.stableEnds.get(name) ?? end) : end;
          return { topic, partition, error, offset: timestamp === -2n ? start : readable };
        }),
      );
    }
    if (calledFor(call, 'Metadata')) {
      const { topics } = call.body;
      return answers.ids(
        Object.fromEntries(topics.map((name) => [name, this.ids.get(name) ?? null])),
      );
    }
    if (calledFor(call, 'OffsetCommit')) {
      const all = call.body.partitions;
      if (error === 0)
        for (const { topic, partition, offset } of all)
          this.committed.set(`${topic}/${partition}`, offset);
      const errors = all.map(({ topic, partition }) => [`${topic}/${partition}`, error] as const);
      return commitAnswer(call, Object.fromEntries(errors));
    }
    return undefined;
  }
}

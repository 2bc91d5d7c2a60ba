import type { SourceConfig } from '../../src/contract/config.ts';
import { Fetcher } from '../../src/kafka/fetcher.ts';
import type { Held } from '../../src/kafka/intake.ts';
import { FakeClock } from './clock.ts';
import type { FakeCall } from './fake-broker.ts';
import { FakeCluster } from './fake-cluster.ts';
import { type FakeEpoch, heldOf } from './fake-epoch.ts';
import { FakeClient } from './fake-kafka.ts';
import { answers, type FetchedSpec } from './fake-wire.ts';
import { pipelineOf } from './pipeline.ts';

/** The real fetcher over a fake cluster: orders/0 and orders/1 are led by broker 1, orders/2 by broker 2. */
export class FetchRig {
  readonly clock: FakeClock = new FakeClock();
  readonly cluster: FakeCluster = new FakeCluster({ orders: [1, 1, 2] });
  readonly client: FakeClient = new FakeClient();
  readonly outOfRange: Held[] = [];
  /** What the broker last said about where its log differs. */
  divergedAt: bigint | null = null;
  readonly unknown: Held[] = [];
  readonly unreadable: { readonly held: Held; readonly cause: Error }[] = [];
  readonly denied: Held[] = [];
  answered = 0;
  readonly fetcher: Fetcher;

  constructor(source: Partial<SourceConfig> = {}) {
    this.fetcher = new Fetcher({
      client: this.client,
      cluster: this.cluster,
      source: { ...pipelineOf().source, ...source },
      clock: this.clock,
      events: {
        outOfRange: (held, divergedAt) => {
          this.outOfRange.push(held);
          this.divergedAt = divergedAt;
        },
        unknownTopic: (held) => this.unknown.push(held),
        // As the owner does: what can't be read is not asked for again.
        unreadable: (held, cause) => {
          held.state = 'stopped';
          this.unreadable.push({ held, cause });
        },
        denied: (held) => this.denied.push(held),
        answered: () => this.answered++,
      },
    });
  }

  /** Starts to fetch a partition of `orders` from `start` on. */
  add(partition: number, start = 0n): Held & { epoch: FakeEpoch } {
    const held = heldOf('orders', partition, start);
    this.fetcher.add(held);
    return held;
  }

  /** The fetch that waits at a broker. */
  open(nodeId = 1): FakeCall<'Fetch'> {
    return this.cluster.broker(nodeId).open('Fetch');
  }

  /** Partitions of `orders` in each fetch so far at a broker. */
  asked(nodeId = 1): number[][] {
    return this.cluster
      .broker(nodeId)
      .of('Fetch')
      .map(({ body }) => body.partitions.map(({ partition }) => partition));
  }

  /** Answers the fetch that waits at a broker; partitions are of `orders`. */
  answer(specs: readonly Omit<FetchedSpec, 'topic'>[], nodeId = 1): void {
    this.open(nodeId).answer(answers.fetch(specs.map((spec) => ({ topic: 'orders', ...spec }))));
  }
}

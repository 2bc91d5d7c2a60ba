import type { PipelineConfig } from '../contract/config.ts';
import { EXIT, MillraceError } from '../contract/errors.ts';
import type { Identity } from './committer.ts';
import type { Holdings } from './holdings.ts';
import type { Cluster } from './seam/cluster.ts';
import { resolveTopics } from './subscription.ts';

/**
 * A source with `partitions`: what it holds is what the configuration says, and no group decides. Offsets are committed for the
 * group all the same, as by a client that isn't a member, which the broker accepts while the group has no members.
 */
export class ManualMember {
  readonly memberId = '';
  readonly generation: number = -1;
  readonly rebalances: number = 0;
  readonly identity: Identity = { memberId: '', generation: -1 };
  state = 'joining';
  readonly #pipeline: PipelineConfig;
  readonly #cluster: Cluster;
  readonly #holdings: Holdings;

  constructor(options: { pipeline: PipelineConfig; cluster: Cluster; holdings: Holdings }) {
    this.#pipeline = options.pipeline;
    this.#cluster = options.cluster;
    this.#holdings = options.holdings;
  }

  /** Rejects with MR308 (exit 78) when a partition doesn't exist. */
  async start(): Promise<void> {
    const { source } = this.#pipeline;
    await resolveTopics(this.#cluster, source);
    const places: { topic: string; partition: number }[] = [];
    for (const [topic, partitions] of Object.entries(source.partitions ?? {})) {
      const count = this.#cluster.findTopicPartitionMetadata(topic).length;
      for (const partition of partitions) {
        if (partition >= count) throw missing(this.#pipeline.id, topic, partition, count);
        places.push({ topic, partition });
      }
    }
    this.#holdings.adopt(places);
    this.state = 'stable';
  }

  heard(): void {}

  fenced(): void {}

  retire(): void {
    this.state = 'stopping';
  }

  leave(): Promise<void> {
    this.state = 'over';
    return Promise.resolve();
  }
}

function missing(pipeline: string, topic: string, partition: number, count: number): MillraceError {
  return new MillraceError(
    'MR308',
    `pipelines.${pipeline}.source.partitions: ${topic} has ${count} partitions, so there is no partition ${partition}.`,
    { exit: EXIT.config, facts: { topic, partition, count } },
  );
}

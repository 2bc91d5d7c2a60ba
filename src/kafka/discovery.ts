import type { Clock } from '../contract/clock.ts';
import type { PipelineConfig } from '../contract/config.ts';
import { publish } from '../contract/signals.ts';
import type { Cluster } from './seam/cluster.ts';
import { resolveTopics } from './subscription.ts';

export interface DiscoveryOptions {
  readonly clock: Clock;
  readonly cluster: Cluster;
  readonly pipeline: PipelineConfig;
}

/** Which topics a source means: the names that it states, or what matches its pattern, at which it looks now and then. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  /** The topics are others than they were. */
  readonly #onChange: () => Promise<void>;
  #topics: readonly string[] = [];
  #isOver = false;
  #cancel: () => void = () => {};

  constructor(options: DiscoveryOptions, onChange: () => Promise<void>) {
    this.#options = options;
    this.#onChange = onChange;
  }

  get topics(): readonly string[] {
    return this.#topics;
  }

  /** Looks for the first time, and from then on each `discoveryInterval`, if there is a pattern. Rejects as `resolveTopics` does. */
  async start(): Promise<void> {
    const { cluster, pipeline } = this.#options;
    this.#set(await resolveTopics(cluster, pipeline.source));
    this.#plan();
  }

  stop(): void {
    this.#isOver = true;
    this.#cancel();
  }

  #plan(): void {
    const { clock, pipeline } = this.#options;
    if (this.#isOver || !pipeline.source.pattern) return;
    this.#cancel = clock.after(pipeline.source.discoveryIntervalMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { cluster, pipeline } = this.#options;
    const topics = await resolveTopics(cluster, pipeline.source).catch(() => this.#topics);
    if (this.#isOver) return;
    if (topics.join() !== this.#topics.join()) {
      this.#set(topics);
      await this.#onChange();
    }
    this.#plan();
  }

  #set(topics: readonly string[]): void {
    const { id, source } = this.#options.pipeline;
    this.#topics = topics;
    if (!source.pattern) return;
    const place = { pipeline: id, groupId: source.groupId };
    publish('topics.matched', { ...place, pattern: String(source.pattern), topics });
  }
}

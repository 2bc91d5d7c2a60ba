import type { Clock } from '../contract/clock.ts';
import type { PipelineConfig } from '../contract/config.ts';
import { EXIT, MillraceError } from '../contract/errors.ts';
import { publish } from '../contract/signals.ts';
import type { Cluster } from './seam/cluster.ts';

/**
 * Topics of this member that its brokers say they don't have. One that comes back is found again; one that stays away is an error
 * that no waiting mends, unless a pattern chose it.
 */
export class MissingTopics {
  readonly #clock: Clock;
  readonly #cluster: Cluster;
  readonly #pipeline: PipelineConfig;
  readonly #onGone: (cause: MillraceError) => void;
  /** When each was first missed. */
  readonly #sinceMs = new Map<string, number>();

  constructor(
    options: {
      readonly clock: Clock;
      readonly cluster: Cluster;
      readonly pipeline: PipelineConfig;
    },
    onGone: (cause: MillraceError) => void,
  ) {
    this.#clock = options.clock;
    this.#cluster = options.cluster;
    this.#pipeline = options.pipeline;
    this.#onGone = onGone;
  }

  /** A broker says that there is no such topic. Returns whether it is gone for good. */
  missed(topic: string): boolean {
    const { id, source } = this.#pipeline;
    const nowMs = this.#clock.now();
    const sinceMs = this.#sinceMs.get(topic);
    if (sinceMs === undefined) {
      this.#sinceMs.set(topic, nowMs);
      // The leaders of the other topics have to be found all the same.
      this.#cluster.targetTopics.delete(topic);
      publish('topic.missing', { pipeline: id, topic, waitMs: source.pattern ? null : GONE_MS });
      return false;
    }
    if (source.pattern || nowMs - sinceMs < GONE_MS) return false;
    this.#onGone(
      new MillraceError(
        'MR303',
        `The topic ${topic} does not exist any more: it was deleted while it was read. Create it, or correct source.topics.`,
        { exit: EXIT.config, facts: { topic } },
      ),
    );
    return true;
  }

  /** A broker has it. */
  found(topic: string): void {
    if (this.#sinceMs.delete(topic)) this.#cluster.targetTopics.add(topic);
  }
}

/** How long a topic may be missing, in ms: a broker that has just started doesn't know all topics yet. */
const GONE_MS = 10_000;

import type { FailureKind } from '../contract/verdict.ts';

/** Records of one topic by what became of them. */
export interface TopicTally {
  ack: number;
  skip: number;
  drop: number;
  readonly failed: Record<FailureKind, number>;
}

/** Counts since the start of the pipeline, for metrics. They only grow. */
export class Tally {
  /** Verdicts of closed epochs. */
  stale = 0;
  readonly #topics = new Map<string, TopicTally>();

  of(topic: string): TopicTally {
    let tally = this.#topics.get(topic);
    if (!tally) {
      const failed = { error: 0, timeout: 0, crash: 0, deserialize: 0, schema: 0, produce: 0 };
      tally = { ack: 0, skip: 0, drop: 0, failed };
      this.#topics.set(topic, tally);
    }
    return tally;
  }

  get topics(): ReadonlyMap<string, TopicTally> {
    return this.#topics;
  }
}

import type { SourceConfig } from '../contract/config.ts';
import { type Epoch, type Held, nameOf } from './intake.ts';
import { byTopic } from './offsets.ts';

/** A partition in a fetch request, and the epoch that asks. */
export interface Ask {
  readonly held: Held;
  readonly epoch: Epoch;
  /** Bytes asked for. */
  readonly bytes: number;
}

/**
 * Input of kafkajs's encoder for Fetch 11. `isHeldBack`: a partition of the broker has no room at the moment, so the broker should not
 * wait long for more records of the others.
 */
export function requestOf(
  source: SourceConfig,
  asks: readonly Ask[],
  isHeldBack: boolean,
): Record<string, unknown> {
  const { fetch, isolationLevel } = source;
  const { minBytes, maxBytes } = fetch;
  const asked = new Map(asks.map((ask) => [ask.held.name, ask]));
  return {
    replicaId: -1,
    maxWaitTime: waitOf(source, isHeldBack),
    minBytes,
    maxBytes,
    isolationLevel: isolationLevel === 'readCommitted' ? 1 : 0,
    rackId: '',
    topics: byTopic(
      asks.map(({ held }) => held),
      ({ topic, partition }) => {
        const { epoch, bytes } = asked.get(nameOf(topic, partition)) as Ask;
        return { partition, fetchOffset: String(epoch.position), maxBytes: bytes };
      },
    ),
  };
}

/**
 * How long the broker may wait for records, in ms. One that waits for more records of idle partitions keeps those waiting that get
 * room meanwhile.
 */
export function waitOf({ fetch }: SourceConfig, isHeldBack: boolean): number {
  return isHeldBack ? Math.min(HELD_BACK_WAIT_MS, fetch.maxWaitMs) : fetch.maxWaitMs;
}

/** Longest wait of a fetch, in ms, while a partition of the broker is held back. */
const HELD_BACK_WAIT_MS = 5;

import type { PartitionStatus } from './contract/status.ts';
import type { Epoch } from './flow/epoch.ts';
import { type Holder, holdersOf, holdingOf, type SentChunk } from './flow/holding.ts';
import type { Partition } from './flow/partition.ts';
import type { Held } from './kafka/intake.ts';

/** What can be said of the partitions that a pipeline holds. Looks only: nothing of a record's way is counted for it. */
export class PartitionStatuses {
  /** Where the watermark of each was seen first, and when. */
  readonly #stood = new WeakMap<Epoch, { readonly watermark: bigint; readonly sinceMs: number }>();

  /** `sent`: chunks of the pipeline that threads have. */
  of(held: Iterable<Held>, nowMs: number, sent: Iterable<SentChunk>): PartitionStatus[] {
    const holders = holdersOf(sent);
    return [...held].map((each) => this.#of(each, nowMs, holders));
  }

  #of(held: Held, nowMs: number, holders: ReadonlyMap<Partition, Holder>): PartitionStatus {
    const epoch = held.epoch as Epoch | null;
    const partition = epoch?.partition;
    const blocked = partition?.lanes.blocked;
    const holding = partition ? holdingOf(partition, holders.get(partition)) : null;
    return {
      topic: held.topic,
      partition: held.partition,
      state: held.state,
      position: epoch?.position ?? null,
      watermark: epoch?.watermark ?? null,
      committed: held.committed,
      end: held.end,
      readableEnd: held.readableEnd,
      endAgeMs: held.end === null ? null : nowMs - held.endSeenMs,
      inFlight: partition?.inFlight ?? 0,
      awaiting: partition?.awaiting ?? 0,
      buffered: partition?.backlog.records ?? 0,
      bufferedBytes: partition?.backlog.bytes ?? 0,
      replayBound: partition?.replayBound ?? 0,
      isPaused: epoch?.isPaused ?? false,
      lanesWaiting: blocked?.waiting ?? 0,
      lanesHalted: blocked?.halted ?? 0,
      holding: epoch && holding ? { ...holding, sinceMs: this.#stoodMs(epoch, nowMs) } : null,
    };
  }

  /** Health looks about once a second; that is how exact it is. */
  #stoodMs(epoch: Epoch, nowMs: number): number {
    const { watermark } = epoch;
    const before = this.#stood.get(epoch);
    const now = before?.watermark === watermark ? before : { watermark, sinceMs: nowMs };
    this.#stood.set(epoch, now);
    return Math.round(nowMs - now.sinceMs);
  }
}

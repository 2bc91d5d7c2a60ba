import { Refusal } from './errors.ts';
import type { Batch } from './log/batch.ts';

/** Where a batch went. */
export interface Appended {
  readonly baseOffset: bigint;
  /** ms since 1970; -1 when the records keep their own times. */
  readonly logAppendTimeMs: bigint;
}

/** What a partition knows of one producer. */
interface ProducerEntry {
  epoch: number;
  /** Of its last batch or marker, ms since 1970. */
  lastTimestamp: bigint;
  /** Of the coordinator that wrote its last marker; -1 before the first. */
  coordinatorEpoch: number;
  /** The last batches, oldest first. */
  batches: { readonly first: number; readonly last: number; readonly appended: Appended }[];
}

/** A producer as others are told of it. */
export interface KnownProducer {
  readonly producerId: bigint;
  readonly epoch: number;
  /** -1 when it has written nothing in this epoch. */
  readonly lastSequence: number;
  /** ms since 1970. */
  readonly lastTimestamp: bigint;
  readonly coordinatorEpoch: number;
}

/**
 * The sequence numbers of a partition's idempotent producers. A batch that was appended before, one of the producer's last five, is
 * not appended again: its answer is the earlier one. Producers are never forgotten. Source: Kafka 4.1, ProducerAppendInfo.
 */
export class Sequences {
  readonly #producers = new Map<bigint, ProducerEntry>();

  /**
   * Where the batch went when it was appended before; null when it is new. Throws INVALID_PRODUCER_EPOCH when there is a newer producer of the
   * same id, OUT_OF_ORDER_SEQUENCE_NUMBER when records in front of it are missing.
   */
  check(batch: Batch): Appended | null {
    const { producerId, producerEpoch, baseSequence } = batch;
    const entry = this.#producers.get(producerId);
    if (producerId < 0n || !entry) return null;
    if (producerEpoch < entry.epoch) throw new Refusal('INVALID_PRODUCER_EPOCH');
    if (producerEpoch > entry.epoch) {
      if (baseSequence !== 0) throw new Refusal('OUT_OF_ORDER_SEQUENCE_NUMBER');
      return null;
    }
    const last = lastSequence(batch);
    const known = entry.batches.find((each) => each.first === baseSequence && each.last === last);
    if (known) return known.appended;
    const before = entry.batches.at(-1);
    const expected = before ? following(before.last) : 0;
    if (baseSequence !== expected) {
      throw new Refusal('OUT_OF_ORDER_SEQUENCE_NUMBER');
    }
    return null;
  }

  /** The batch was appended. */
  add(batch: Batch, appended: Appended): void {
    const { producerId, producerEpoch, baseSequence } = batch;
    if (producerId < 0n) return;
    const entry = this.#entry(producerId, producerEpoch);
    entry.lastTimestamp = batch.maxTimestamp;
    if (batch.isControl) {
      entry.coordinatorEpoch = COORDINATOR_EPOCH;
      return;
    }
    entry.batches.push({ first: baseSequence, last: lastSequence(batch), appended });
    if (entry.batches.length > REMEMBERED) entry.batches.shift();
  }

  /** All that have ever written. */
  producers(): KnownProducer[] {
    return [...this.#producers].map(([producerId, entry]) => ({
      producerId,
      epoch: entry.epoch,
      lastSequence: entry.batches.at(-1)?.last ?? -1,
      lastTimestamp: entry.lastTimestamp,
      coordinatorEpoch: entry.coordinatorEpoch,
    }));
  }

  #entry(producerId: bigint, epoch: number): ProducerEntry {
    const known = this.#producers.get(producerId);
    if (known && known.epoch >= epoch) return known;
    const coordinatorEpoch = known?.coordinatorEpoch ?? -1;
    const entry = { epoch, lastTimestamp: -1n, coordinatorEpoch, batches: [] };
    this.#producers.set(producerId, entry);
    return entry;
  }
}

/** Sequence numbers are int32 and start again at 0. */
const SEQUENCES = 2 ** 31;
const lastSequence = ({ baseSequence, lastOffsetDelta }: Batch): number =>
  (baseSequence + lastOffsetDelta) % SEQUENCES;
const following = (sequence: number): number => (sequence + 1) % SEQUENCES;

const REMEMBERED = 5;
/** Coordinators of transactions move without a new epoch here; markers state this one. */
const COORDINATOR_EPOCH = 0;

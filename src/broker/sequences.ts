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
  /** The last batches, oldest first. */
  batches: { readonly first: number; readonly last: number; readonly appended: Appended }[];
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
    if (batch.isControl) return;
    entry.batches.push({ first: baseSequence, last: lastSequence(batch), appended });
    if (entry.batches.length > REMEMBERED) entry.batches.shift();
  }

  #entry(producerId: bigint, epoch: number): ProducerEntry {
    const known = this.#producers.get(producerId);
    if (known && known.epoch >= epoch) return known;
    const entry = { epoch, batches: [] };
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

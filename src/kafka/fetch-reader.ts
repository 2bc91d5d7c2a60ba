import type { SourceConfig } from '../contract/config.ts';
import type { Ask } from './fetch-ask.ts';
import type { FetchedPartition } from './fetch-response.ts';
import type { Held } from './intake.ts';
import { CorruptSet } from './records/corrupt-set.ts';
import { LENGTH_AT, PREFIX_BYTES } from './records/layout.ts';
import { type BlockReading, readSet, type SetReading } from './records/read-set.ts';

/**
 * Turns what a fetch brought for one partition into a block of its epoch. An epoch that is closed meanwhile gets nothing: an
 * answer belongs to the one that asked.
 */
export class FetchReader {
  readonly #readsCommitted: boolean;
  readonly #maxBytes: number;
  /** The bytes stay corrupt however often they are read. */
  readonly #onCorrupt: (held: Held, error: CorruptSet) => void;
  /** Bytes were corrupt: they may have been damaged on their way and are asked for again. */
  readonly #onDamaged: (held: Held) => void;

  constructor(
    source: Pick<SourceConfig, 'isolationLevel' | 'fetch'>,
    events: {
      onCorrupt: (held: Held, error: CorruptSet) => void;
      onDamaged: (held: Held) => void;
    },
  ) {
    this.#readsCommitted = source.isolationLevel === 'readCommitted';
    this.#maxBytes = source.fetch.maxBytes;
    this.#onCorrupt = events.onCorrupt;
    this.#onDamaged = events.onDamaged;
  }

  /**
   * Reads a set that isn't empty. `answerBytes` is the size of the whole answer: a set that is most of it needs no copy. Returns a
   * promise when batches have to be expanded first; the partition must not be asked for meanwhile.
   */
  read(ask: Ask, fetched: FetchedPartition, answerBytes: number): Promise<void> | undefined {
    const reading = readSet(fetched.set, {
      from: ask.epoch.position,
      abortedTransactions: this.#readsCommitted ? fetched.abortedTransactions : null,
      checkCrc: true,
      own: fetched.set.byteLength * 2 > answerBytes,
      maxExpandedBytes: EXPANDED_MAX_BYTES,
    });
    const { set } = fetched;
    if (reading.kind === 'packed') return reading.expand().then((each) => this.#take(ask, each));
    const missing = reading.kind === 'too-small' ? this.#missing(ask, set, answerBytes) : null;
    this.#take(ask, missing ?? reading);
    return undefined;
  }

  /**
   * A batch that states more bytes than its log has: the broker was asked for as many, and gave all that there is. null when there may be
   * more, which the limits of the request have cut off.
   */
  #missing({ epoch, bytes }: Ask, set: Buffer, answerBytes: number): BlockReading | null {
    if (set.byteLength < PREFIX_BYTES || set.byteLength >= bytes || answerBytes >= this.#maxBytes)
      return null;
    const stated = set.readInt32BE(LENGTH_AT) + PREFIX_BYTES;
    if (Math.min(stated, ASKED_MAX_BYTES) > bytes) return null;
    const reason = `its length, ${stated}, is more than the log has, ${set.byteLength}`;
    return { kind: 'corrupt', error: new CorruptSet('MR310', reason, epoch.position, null) };
  }

  #take(ask: Ask, reading: Exclude<SetReading, { kind: 'packed' }> | BlockReading): void {
    const { held, epoch, bytes } = ask;
    if (held.epoch !== epoch) return;
    switch (reading.kind) {
      case 'block':
        held.leastBytes = 0;
        held.corruptReads = 0;
        if (epoch.admit(reading.block)) held.readEpoch = reading.leaderEpoch;
        break;
      case 'too-small':
        held.leastBytes = Math.min(reading.bytes ?? bytes * 2, ASKED_MAX_BYTES);
        break;
      case 'corrupt':
        held.corruptReads++;
        if (held.corruptReads < CORRUPT_READS_MAX) this.#onDamaged(held);
        else this.#onCorrupt(held, reading.error);
        break;
    }
  }
}

const CORRUPT_READS_MAX = 3;
/** The size in a request is an int32; the one that a batch states may be anything. */
const ASKED_MAX_BYTES = 2 ** 31 - 1;
/** Bound on what the compressed batches of a set may expand to. A batch is at most `message.max.bytes`, 1 MiB by default, before that. */
const EXPANDED_MAX_BYTES = 64 * 2 ** 20;

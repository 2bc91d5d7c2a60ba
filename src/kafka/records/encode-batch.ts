/**
 * Records in, one magic 2 record batch out, ready for a Produce request. Order, repeats, empty
 * names and null values of headers are kept exactly, which kafkajs's own producer can't do. Sends
 * nothing.
 */
import type { Compression } from '../../contract/config.ts';
import { CODEC_NUMBER, compress } from './codecs.ts';
import { CONTROL_BIT, HEADER_BYTES, TRANSACTIONAL_BIT } from './layout.ts';
import type { OutRecord } from './out-record.ts';
import { seal, writeBatch } from './write-batch.ts';

export interface EncodeOptions {
  readonly compression: Compression;
  /** Milliseconds since 1970, for records whose timestamp is null. */
  readonly nowMs: number;
  /** Of an idempotent producer. Default: none, which is -1 in all three fields. */
  readonly producer?: {
    readonly id: bigint;
    readonly epoch: number;
    /** Sequence number of the first record. */
    readonly sequence: number;
  };
  readonly transactional?: boolean;
  readonly control?: boolean;
}

/**
 * Encodes at least one record; offsets count from 0, the broker gives the real ones. A promise only
 * when the batch is compressed; it rejects with `MR312` when the codec's library is missing.
 */
export function encodeBatch(
  records: readonly OutRecord[],
  options: EncodeOptions,
): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> {
  const { compression, producer } = options;
  const batch = writeBatch(records, {
    baseOffset: 0n,
    offsetDeltas: null,
    nowMs: options.nowMs,
    attributes:
      CODEC_NUMBER[compression] |
      (options.transactional === true ? TRANSACTIONAL_BIT : 0) |
      (options.control === true ? CONTROL_BIT : 0),
    producerId: producer?.id ?? -1n,
    producerEpoch: producer?.epoch ?? -1,
    baseSequence: producer?.sequence ?? -1,
  });
  return compression === 'none' ? seal(batch) : pack(batch, compression);
}

async function pack(batch: Buffer, compression: Compression): Promise<Uint8Array<ArrayBuffer>> {
  const packed = await compress(compression, batch.subarray(HEADER_BYTES));
  const smaller = Buffer.allocUnsafeSlow(HEADER_BYTES + packed.byteLength);
  smaller.set(batch.subarray(0, HEADER_BYTES));
  smaller.set(packed, HEADER_BYTES);
  return seal(smaller);
}

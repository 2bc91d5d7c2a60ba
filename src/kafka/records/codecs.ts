/**
 * The compression codecs of Kafka's record formats: which number means which, and the one way in
 * and out of them. All expand with a hard bound and, but for what is small, off the loop; their
 * libraries are loaded at first use.
 */
import type { Compression } from '../../contract/config.ts';
import type { Codec } from './codec/codec.ts';
import { tooLarge } from './codec/codec-error.ts';
import { gzip } from './codec/gzip.ts';
import { lz4 } from './codec/lz4.ts';
import { snappy } from './codec/snappy.ts';
import { zstd } from './codec/zstd.ts';

/** Number of a codec in the attributes of a batch. Source: Kafka protocol, "Record Batch". */
export const CODEC_NUMBER: Readonly<Record<Compression, number>> = {
  none: 0,
  gzip: 1,
  snappy: 2,
  lz4: 3,
  zstd: 4,
};

const CODEC_NAMES: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** undefined for the numbers that no codec has, 5 to 7. */
export function codecName(number: number): Compression | undefined {
  return CODEC_NAMES[number];
}

const none: Codec = {
  async expand(bytes, maxBytes) {
    if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes);
    return bytes;
  },
  expandSmall: (bytes) => bytes,
  compress: async (bytes) => bytes,
};

const CODECS: Readonly<Record<Compression, Codec>> = { none, gzip, snappy, lz4, zstd };

/**
 * Expands one batch's records. Rejects with a `CodecError`: `MR310` when the bytes aren't exactly
 * one sound piece of that format, `MR311` when they expand to more than `maxBytes` (found before
 * that memory is spent), `MR312` when the codec's package is missing. `bytes` must not change
 * meanwhile; the result may share memory with others.
 */
export function expand(
  codec: Compression,
  bytes: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array> {
  return CODECS[codec].expand(bytes, maxBytes);
}

/**
 * The same at once, for records that expand to at most `SMALL_BYTES`; null for all others, and
 * where something is wrong: `expand` says what.
 */
export function expandSmall(codec: Compression, bytes: Uint8Array): Uint8Array | null {
  return CODECS[codec].expandSmall(bytes);
}

/**
 * Compresses one batch's records so that every Kafka client can read them. Rejects with `MR312` as
 * above.
 */
export function compress(codec: Compression, bytes: Uint8Array): Promise<Uint8Array> {
  return CODECS[codec].compress(bytes);
}

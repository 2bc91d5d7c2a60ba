import { constants, crc32, deflateRawSync } from 'node:zlib';
import {
  batchAround,
  type RawBatchOptions,
  type RawRecord,
  rawBatch,
  recordHead,
  varint,
} from './raw-batch.ts';

/** Header fields of a batch whose one record follows from its name. */
type OneRecordOptions = Omit<RawBatchOptions, 'compression' | 'lastOffsetDelta' | 'recordCount'>;

/** A batch of one record that claims more headers than fit. */
export interface HeaderBombOptions extends OneRecordOptions {
  readonly record?: Pick<RawRecord, 'key' | 'value' | 'headers'>;
  /** How many headers the record says that it has; default 2^31 - 1, the most there can be. */
  readonly headerCount?: number;
}

/**
 * A batch of one record that says that it has a huge number of headers, with few bytes for them: who makes room by the count runs
 * out of memory, who reads on finds the next record. Checksum and lengths are right. Source: Kafka, record of magic 2: the headers'
 * count is a varint in front of them.
 */
export function headerBomb(options: HeaderBombOptions = {}): Buffer {
  const { record = {}, headerCount = 2 ** 31 - 1, ...header } = options;
  return rawBatch([{ ...record, headerCount }], header);
}

/** A batch of one record that is large only when it is expanded. */
export interface CompressionBombOptions extends OneRecordOptions {
  readonly key?: RawRecord['key'];
  /** Length of the record's value, all zeros; default and most: 1 GiB. It is compressed to a thousandth. */
  readonly expandedBytes?: number;
}

/**
 * A batch of one record with a value of zeros, packed with gzip to a thousandth of its size: who expands it unbounded runs out of
 * memory. It is a real record, which must not be passed over in silence. Source: Kafka, record batch with attributes 1; RFC 1951, 1952.
 */
export function compressionBomb(options: CompressionBombOptions = {}): Buffer {
  const { key = null, expandedBytes = GIB, ...header } = options;
  if (!(Number.isInteger(expandedBytes) && expandedBytes >= 0 && expandedBytes <= GIB)) {
    throw new RangeError(`expandedBytes must be a whole number of 0 to ${GIB}.`);
  }
  const front = Buffer.concat([recordHead(0, 0, key), varint(expandedBytes)]);
  const noHeaders = varint(0);
  const length = varint(front.length + expandedBytes + noHeaders.length);
  const packed = gzipAround(Buffer.concat([length, front]), expandedBytes, noHeaders);
  return batchAround(packed, {
    ...header,
    compression: 'gzip',
    lastOffsetDelta: 0,
    recordCount: 1,
  });
}

const GIB = 2 ** 30;
/** Zeros that are compressed once and then repeated. */
const PIECE = Buffer.alloc(1024 * 1024);

/** `zeros` zeros between two pieces, as one member of gzip that takes no more memory to make than it has. */
function gzipAround(front: Buffer, zeros: number, back: Buffer): Buffer {
  const rest = PIECE.subarray(0, zeros % PIECE.length);
  const pieces = Math.floor(zeros / PIECE.length);
  const piece = unfinished(PIECE);
  const repeated = Array.from({ length: pieces }, () => piece);
  const body = [unfinished(front), ...repeated, unfinished(rest), deflateRawSync(back)];
  let checksum = crc32(front);
  for (let i = 0; i < pieces; i++) checksum = crc32(PIECE, checksum);
  checksum = crc32(back, crc32(rest, checksum));
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum);
  trailer.writeUInt32LE((front.length + zeros + back.length) % 2 ** 32, 4);
  return Buffer.concat([GZIP_HEADER, ...body, trailer]);
}

/** Deflate, no flags, no time, unknown system. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** A stretch of a deflate stream that ends at a whole byte and leans on nothing in front of it, so that others can follow and repeat it. */
const unfinished = (bytes: Buffer): Buffer =>
  deflateRawSync(bytes, { finishFlush: constants.Z_FULL_FLUSH });

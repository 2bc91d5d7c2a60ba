/**
 * Where the fields of a record batch stand. Numbers only; who reads and writes them is elsewhere.
 * Source: Kafka protocol, "Record Batch" (magic 2) and "Message set" (magic 0 and 1). All fields
 * are big-endian; the first two and the magic byte are at the same place in every format, so a set
 * can be walked without knowing it.
 */

/** int64: offset of the first record (magic 2), of the last one (magic 0 and 1). */
export const BASE_OFFSET_AT = 0;
/** int32: bytes that follow this field. */
export const LENGTH_AT = 8;
/** Bytes before the counted part of an entry. */
export const PREFIX_BYTES = 12;
export const MAGIC_AT = 16;

export const LEADER_EPOCH_AT = 12;
/** uint32: CRC-32C of everything from the attributes on. */
export const CRC_AT = 17;
export const ATTRIBUTES_AT = 21;
/** int32: offset of the last record the batch ever had, minus the base offset. */
export const LAST_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
/** int32: number of records. */
export const COUNT_AT = 57;
/** Size of the header; the records follow. */
export const HEADER_BYTES = 61;

/** Bits of the attributes, magic 2. */
export const CODEC_BITS = 0x07;
export const LOG_APPEND_TIME_BIT = 0x08;
export const TRANSACTIONAL_BIT = 0x10;
export const CONTROL_BIT = 0x20;

/**
 * A record has at least length, attributes, two deltas, two lengths and a header count, one byte
 * each.
 */
export const RECORD_MIN_BYTES = 7;

/** The length field of a bare header. */
export const BATCH_LENGTH_MIN: number = HEADER_BYTES - PREFIX_BYTES;
/** Magic 0 and 1: CRC, magic, attributes and two lengths. */
export const OLD_LENGTH_MIN = 14;

/**
 * 2^32, for a 64-bit field that is read as two halves: exact up to 2^53, and much cheaper than a
 * bigint.
 */
export const TWO_TO_32 = 0x1_0000_0000;

import { Refusal } from '../errors.ts';
import { BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES, Batch, batchSizeAt, magicAt } from './batch.ts';
import { recordTimes } from './record-times.ts';

/** The only format of batches that is stored. */
const MAGIC = 2;
/** Least length that Kafka's own reader takes for a batch of any format. */
const MIN_LENGTH = 14;
const ZSTD = 4;

/** What a producer's batch is held against. */
export interface DoorRules {
  /** Largest batch, with its header (`max.message.bytes`). */
  readonly maxBytes: number;
  /** zstd is known to clients from Produce version 7 on. */
  readonly allowsZstd: boolean;
  /** Wall clock, ms since 1970. */
  readonly nowMs: number;
  /** How far timestamps may be behind it (`message.timestamp.before.max.ms`) and ahead (`message.timestamp.after.max.ms`). */
  readonly maxBehindMs: bigint;
  readonly maxAheadMs: bigint;
  /** The log stamps the records, so their own times do not matter. */
  readonly hasLogAppendTime: boolean;
}

/**
 * The one batch in what a producer sent for a partition; bytes behind it that are too few for another are left out. Refuses,
 * with Kafka's codes, whatever cannot be stored: another format, a wrong checksum, a batch too large, offsets that
 * are not 0 to count - 1, control batches. Records are not decoded: what is wrong inside them stays for their consumers.
 */
export function checkProduced(bytes: Buffer, rules: DoorRules): Batch {
  const batch = onlyBatch(bytes);
  if (batch.codec === ZSTD && !rules.allowsZstd) throw new Refusal('UNSUPPORTED_COMPRESSION_TYPE');
  if (batch.bytes.length > rules.maxBytes) throw new Refusal('MESSAGE_TOO_LARGE');
  if (batch.computeCrc() !== batch.crc) throw new Refusal('CORRUPT_MESSAGE');
  checkMeaning(batch);
  if (!rules.hasLogAppendTime) checkTimes(batch, rules);
  return batch;
}

function onlyBatch(bytes: Buffer): Batch {
  const size = sizeOfBatch(bytes, 0);
  if (size === null || magicAt(bytes, 0) !== MAGIC) throw new Refusal('INVALID_RECORD');
  if (size < BATCH_HEADER_BYTES) throw new Refusal('CORRUPT_MESSAGE');
  if (sizeOfBatch(bytes, size) !== null) throw new Refusal('INVALID_RECORD');
  return new Batch(bytes.subarray(0, size));
}

/** null when the bytes are too few for a whole batch there. */
function sizeOfBatch(bytes: Buffer, at: number): number | null {
  const size = batchSizeAt(bytes, at);
  if (size === null) return null;
  const length = size - BATCH_PREFIX_BYTES;
  if (length < MIN_LENGTH) {
    throw new Refusal(
      'CORRUPT_MESSAGE',
      `Record size ${length} is less than the minimum record overhead (${MIN_LENGTH})`,
    );
  }
  const magic = magicAt(bytes, at);
  if (magic < 0 || magic > MAGIC) {
    throw new Refusal('CORRUPT_MESSAGE', `Invalid magic found in record: ${magic}`);
  }
  return at + size > bytes.length ? null : size;
}

function checkMeaning(batch: Batch): void {
  const { recordCount, lastOffsetDelta } = batch;
  const isCounted = recordCount > 0 && lastOffsetDelta === recordCount - 1;
  if (batch.baseOffset !== 0n || !isCounted || batch.isControl) throw new Refusal('INVALID_RECORD');
  const isSequenced =
    batch.producerId < 0n || (batch.producerEpoch >= 0 && batch.baseSequence >= 0);
  if (!isSequenced) throw new Refusal('INVALID_RECORD');
  if (batch.codec > ZSTD) throw new Refusal('UNKNOWN_SERVER_ERROR');
}

/** Records have times that the topic does not allow. */
export class TimesRefused extends Refusal {
  readonly recordErrors: readonly { batchIndex: number; batchIndexErrorMessage: string }[];

  constructor(recordErrors: TimesRefused['recordErrors']) {
    const text = 'One or more records have been rejected due to invalid timestamp';
    super('INVALID_TIMESTAMP', text);
    this.recordErrors = recordErrors;
  }
}

/** Looks at the records only if the header tells of a time out of range: a wrong header alone is no fault, as in Kafka. */
function checkTimes(batch: Batch, { nowMs, maxBehindMs, maxAheadMs }: DoorRules): void {
  const now = BigInt(nowMs);
  const least = now - maxBehindMs;
  const most = now + maxAheadMs;
  const isWrong = (time: bigint): boolean => time !== NO_TIME && (time < least || time > most);
  const { baseTimestamp, maxTimestamp } = batch;
  if (!isWrong(baseTimestamp) && !isWrong(maxTimestamp)) return;
  const header = { offset: 0n, timestamp: isWrong(baseTimestamp) ? baseTimestamp : maxTimestamp };
  const wrong = (recordTimes(batch) ?? [header]).filter(({ timestamp }) => isWrong(timestamp));
  if (wrong.length === 0) return;
  throw new TimesRefused(
    wrong.map(({ offset, timestamp }) => ({
      batchIndex: Number(offset),
      batchIndexErrorMessage: `Timestamp ${timestamp} of message with offset ${offset} is out of range. The timestamp should be within [${least}, ${most}]`,
    })),
  );
}

const NO_TIME = -1n;

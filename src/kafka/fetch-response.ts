import type { AbortedTransaction } from './records/aborted.ts';
import type { ProtocolResponse } from './seam/internals.ts';

/** What a fetch brought for one partition. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** 0, or an error of the protocol. */
  readonly errorCode: number;
  readonly highWatermark: bigint;
  /** End of what read_committed may see: below the first open transaction. */
  readonly lastStableOffset: bigint;
  readonly abortedTransactions: readonly AbortedTransaction[];
  /** Record batches as they are, a view of the response. */
  readonly set: Buffer;
  /** The log was cut below the position: the first offset that isn't what was read there. null when it wasn't, or it isn't known. */
  readonly divergedAt: bigint | null;
}

export interface FetchAnswer {
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
  /** Bytes of the whole response. */
  readonly bytes: number;
}

/**
 * Reads a Fetch response of version 11 without touching the records. Source: Kafka protocol, Fetch Response 11; a null
 * array has length -1. Bytes that end too early, and a name of negative length, give RangeError, which fails the fetch.
 */
export const fetchResponse: ProtocolResponse<FetchAnswer> = {
  decode: (payload) => Promise.resolve(read(payload)),
  parse: (answer) => Promise.resolve(answer),
};

function read(payload: Buffer): FetchAnswer {
  const clientSideThrottleTime = payload.readInt32BE(0);
  const errorCode = payload.readInt16BE(4);
  const partitions: FetchedPartition[] = [];
  let at = 10;
  let topics = payload.readInt32BE(at);
  at += 4;
  for (; topics > 0; topics--) {
    const nameEnd = endOf(payload, at + 2, payload.readInt16BE(at));
    const topic = payload.toString('utf8', at + 2, nameEnd);
    at = nameEnd;
    let count = payload.readInt32BE(at);
    at += 4;
    for (; count > 0; count--) {
      const partition = payload.readInt32BE(at);
      const partitionError = payload.readInt16BE(at + 4);
      const highWatermark = payload.readBigInt64BE(at + 6);
      const lastStableOffset = payload.readBigInt64BE(at + 14);
      const aborted = payload.readInt32BE(at + 30);
      at += 34;
      const abortedTransactions: AbortedTransaction[] = [];
      for (let i = 0; i < aborted; i++, at += 16) {
        abortedTransactions.push({
          producerId: payload.readBigInt64BE(at),
          firstOffset: payload.readBigInt64BE(at + 8),
        });
      }
      const setEnd = endOf(payload, at + 8, Math.max(0, payload.readInt32BE(at + 4)));
      const set = payload.subarray(at + 8, setEnd);
      at = setEnd;
      partitions.push({
        topic,
        partition,
        errorCode: partitionError,
        highWatermark,
        lastStableOffset,
        abortedTransactions,
        set,
        divergedAt: null,
      });
    }
  }
  return { clientSideThrottleTime, errorCode, partitions, bytes: payload.byteLength };
}

/** Where a field of `size` bytes at `at` ends. Views and texts are cut off at the end of a buffer without a word: this is it. */
function endOf(payload: Buffer, at: number, size: number): number {
  if (size >= 0 && at + size <= payload.byteLength) return at + size;
  throw new RangeError(
    `A field of ${size} bytes at ${at} does not fit ${payload.byteLength} bytes.`,
  );
}

import type { RequestContext } from '../api.ts';
import { ERROR, Refusal } from '../errors.ts';
import type { Partition } from '../partition.ts';
import type { Decoded, Encoded } from '../wire/schema.ts';
import type { fetchRequest, fetchResponse } from './fetch-schema.ts';
import { codeOf, leaderToTell, partitionHere, topicWanted } from './partition-here.ts';

type Asked = Decoded<typeof fetchRequest>;
type TopicAnswer = Encoded<typeof fetchResponse>['responses'][number];
type PartAnswer = TopicAnswer['partitions'][number];
type AskedTopic = Asked['topics'][number];
type AskedPart = AskedTopic['partitions'][number];

/** Most that one answer carries, whatever the client would take (`fetch.max.bytes` of the broker). */
const MAX_BYTES = 55 * 1024 * 1024;
/** From this version on clients may read from followers (KIP-392). */
const FOLLOWERS_FROM = 11;
/** From this version on they are told who leads (KIP-951). */
const LEADERS_FROM = 16;
const READ_COMMITTED = 1;

/** What there is to answer to a Fetch now. */
export interface Reading {
  readonly topics: readonly TopicAnswer[];
  /** Those that were read from. */
  readonly partitions: readonly Partition[];
  /** It need not wait: the bytes suffice, something is wrong, or nothing was asked for. */
  readonly isEnough: boolean;
}

/** Reads all partitions in the order of the request, while the bytes that the client takes last. */
export function readAll(asked: Asked, context: RequestContext): Reading {
  const pass = new Pass(asked, context);
  const topics = asked.topics
    .filter(({ partitions }) => partitions.length > 0)
    .map((topic) => ({
      topic: topic.topic,
      topicId: topic.topicId,
      partitions: topic.partitions.map((part) => pass.part(topic, part)),
    }));
  return { topics, partitions: pass.partitions, isEnough: pass.isEnough };
}

/** One pass over the partitions of a request: what it has read, and what may still be read. */
class Pass {
  readonly partitions: Partition[] = [];
  readonly #asked: Asked;
  readonly #context: RequestContext;
  #bytes = 0;
  #left: number;
  #isWrong = false;

  constructor(asked: Asked, context: RequestContext) {
    this.#asked = asked;
    this.#context = context;
    this.#left = Math.min(asked.maxBytes, MAX_BYTES);
  }

  get isEnough(): boolean {
    const hasNothing = this.partitions.length === 0;
    return this.#isWrong || hasNothing || this.#bytes >= this.#asked.minBytes;
  }

  part(topic: AskedTopic, part: AskedPart): PartAnswer {
    try {
      return this.#read(this.#find(topic, part), part);
    } catch (error) {
      const errorCode = codeOf(error);
      this.#isWrong = true;
      const isTold = this.#context.version >= LEADERS_FROM;
      const currentLeader = isTold ? leaderToTell(error) : undefined;
      return { ...refusedPart(part.partition, errorCode), currentLeader };
    }
  }

  #find({ topic: name, topicId: id }: AskedTopic, part: AskedPart): Partition {
    const topic = topicWanted(this.#context, { name, id });
    const takesFollower = this.#context.version >= FOLLOWERS_FROM;
    const demand = { leaderEpoch: part.currentLeaderEpoch, takesFollower };
    return partitionHere(this.#context, topic, part.partition, demand);
  }

  #read(partition: Partition, asked: AskedPart): PartAnswer {
    const { fetchOffset, partitionMaxBytes } = asked;
    const { log, index } = partition;
    const { highWatermark, lastStableOffset, startOffset } = log;
    const divergingEpoch = divergence(partition, asked);
    if (divergingEpoch !== null) {
      this.#isWrong = true;
      const ends = { highWatermark, lastStableOffset, logStartOffset: startOffset };
      return { partitionIndex: index, ...ends, records: [], divergingEpoch };
    }
    const isCommitted = this.#asked.isolationLevel === READ_COMMITTED;
    const limit = isCommitted ? lastStableOffset : highWatermark;
    const maxBytes = Math.min(this.#left, partitionMaxBytes);
    const found = log.read(fetchOffset, limit, maxBytes, this.#bytes === 0);
    this.partitions.push(partition);
    this.#bytes += found.bytes;
    this.#left = Math.max(0, this.#left - found.bytes);
    return {
      partitionIndex: index,
      highWatermark,
      lastStableOffset,
      logStartOffset: startOffset,
      abortedTransactions: isCommitted ? log.abortedWithin(fetchOffset, found) : null,
      records: found.records,
    };
  }
}

/**
 * Where the log parts from that of a client which says in which epoch it read the record before the offset; null when it does not.
 * Throws OFFSET_OUT_OF_RANGE when the epoch is unknown. Source: KIP-595; Kafka 4.1, Partition.readRecords.
 */
function divergence(
  { log, leaderEpoch }: Partition,
  { fetchOffset, lastFetchedEpoch }: AskedPart,
): PartAnswer['divergingEpoch'] | null {
  if (lastFetchedEpoch < 0) return null;
  const end = log.epochs.endOf(lastFetchedEpoch, leaderEpoch, log.endOffset);
  if (end === null) throw new Refusal('OFFSET_OUT_OF_RANGE');
  const isSame = end.epoch >= lastFetchedEpoch && end.offset >= fetchOffset;
  return isSame ? null : { epoch: end.epoch, endOffset: end.offset };
}

/** A partition that cannot be read. */
export const refusedPart = (partitionIndex: number, errorCode: number): PartAnswer => ({
  partitionIndex,
  errorCode,
  highWatermark: -1n,
  // As in Kafka: none if there is no such partition, not known otherwise.
  abortedTransactions: UNKNOWN.includes(errorCode) ? [] : null,
  records: [],
});

const UNKNOWN: readonly number[] = [ERROR.UNKNOWN_TOPIC_OR_PARTITION, ERROR.UNKNOWN_TOPIC_ID];

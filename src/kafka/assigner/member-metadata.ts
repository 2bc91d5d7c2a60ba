/**
 * What a member tells the group in JoinGroup: topics, partitions it holds, and the generation of that claim. Written
 * in the layout of version 1 of Kafka's consumer protocol, which a Kafka 4 broker parses when it converts a group;
 * read in all versions that exist. Doesn't judge claims; `claims.ts` does.
 *
 *   version int16 | topics [string] | user data bytes | owned [topic string, partitions [int32]] | 2+: generation
 *   int32 | 3+: rack string or null
 *
 * Source: Kafka, `ConsumerProtocolSubscription.json`. Its rule for the future: later versions only append.
 */
import {
  readTopicPartitions,
  type TopicPartitions,
  writeTopicPartitions,
} from './topic-partitions.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

export interface MemberMetadata {
  readonly topics: readonly string[];
  /** Partitions that the member holds at this moment, those it is still draining included. */
  readonly owned: readonly TopicPartitions[];
  /** Generation in which the member last got an assignment; `NO_GENERATION` when never, or when it isn't told. */
  readonly generation: number;
}

export const NO_GENERATION = -1;

/**
 * Bytes for the `metadata` of a protocol in JoinGroup. Topics and partitions are sorted, so that equal metadata are
 * equal bytes: the broker takes other bytes for a change and starts a rebalance. Throws MR331 for a name of more
 * than 32,767 bytes.
 */
export function encodeMemberMetadata(metadata: MemberMetadata): Buffer {
  const writer = new WireWriter().int16(VERSION);
  writer.array([...new Set(metadata.topics)].sort(), (topic) => writer.string(topic));
  writer.bytes(encodeUserData(metadata.generation));
  writeTopicPartitions(writer, metadata.owned);
  return writer.done();
}

/**
 * Reads metadata of any version, of any client; bytes after the last known field are ignored. Version 0 claims
 * nothing. The generation is that of our own user data, else that of version 2. Throws MR330 when malformed.
 */
export function decodeMemberMetadata(bytes: Uint8Array): MemberMetadata {
  const reader = new WireReader(bytes, 'member metadata');
  const version = reader.int16();
  if (version < 0) throw reader.malformed(`its version is ${version}`);
  const topics = reader.array(() => reader.string());
  const told = decodeUserData(reader.bytes());
  const owned = version >= 1 ? readTopicPartitions(reader) : [];
  const generation = version >= 2 ? reader.int32() : NO_GENERATION;
  if (version >= 3) reader.nullableString();
  return { topics, owned, generation: told === NO_GENERATION ? generation : told };
}

/**
 * Our user data: magic "MLRC" | layout int16 | generation int32 | whatever later releases append. The layout number
 * only changes when the fields before it do; then the rest is unknown to us, which costs the member nothing but a
 * lost argument over a contested partition.
 */
function encodeUserData(generation: number): Buffer {
  return new WireWriter().int32(MAGIC).int16(USER_DATA_LAYOUT).int32(generation).done();
}

/** The generation of the claim, or `NO_GENERATION` for bytes that aren't ours; never throws. */
function decodeUserData(bytes: Uint8Array | null): number {
  if (bytes === null || bytes.byteLength < USER_DATA_BYTES) return NO_GENERATION;
  const reader = new WireReader(bytes, 'user data of the member metadata');
  if (reader.int32() !== MAGIC || reader.int16() !== USER_DATA_LAYOUT) return NO_GENERATION;
  return Math.max(NO_GENERATION, reader.int32());
}

const VERSION = 1;
/** "MLRC". */
const MAGIC = 0x4d4c_5243;
const USER_DATA_LAYOUT = 1;
const USER_DATA_BYTES = 10;

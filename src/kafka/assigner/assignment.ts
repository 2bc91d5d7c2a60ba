/**
 * What the leader sends to a member in SyncGroup. Source: Kafka, `ConsumerProtocolAssignment.json`, whose versions 0
 * to 3 have one layout: version int16 | assigned [topic string, partitions [int32]] | user data bytes or null.
 */
import {
  mergeTopicPartitions,
  readTopicPartitions,
  writeTopicPartitions,
} from './topic-partitions.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/** Topic to its partitions, ascending. A Map, because `__proto__` is a topic name as any other. */
export type Assignment = ReadonlyMap<string, readonly number[]>;

/** Bytes for the `memberAssignment` of SyncGroup, without user data. Throws MR331 for a name of more than 32,767 bytes. */
export function encodeAssignment(assignment: Assignment): Buffer {
  const writer = new WireWriter().int16(VERSION);
  writeTopicPartitions(
    writer,
    [...assignment].map(([topic, partitions]) => ({ topic, partitions })),
  );
  return writer.bytes(new Uint8Array(0)).done();
}

/**
 * Reads an assignment of any version; bytes after the known fields are ignored. No bytes at all is what the broker
 * hands to a member that the leader left out, and means no partitions. Throws MR330 when malformed.
 */
export function decodeAssignment(bytes: Uint8Array): Assignment {
  if (bytes.byteLength === 0) return new Map();
  const reader = new WireReader(bytes, 'assignment');
  const version = reader.int16();
  if (version < 0) throw reader.malformed(`its version is ${version}`);
  const assignment = mergeTopicPartitions(readTopicPartitions(reader));
  reader.bytes();
  return assignment;
}

const VERSION = 1;

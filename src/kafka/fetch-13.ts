import type { SourceConfig } from '../contract/config.ts';
import { type Ask, waitOf } from './fetch-ask.ts';
import type { FetchAnswer, FetchedPartition } from './fetch-response.ts';
import { FlexibleReader } from './flexible-reader.ts';
import type { AbortedTransaction } from './records/aborted.ts';
import { newEncoder, type ProtocolRequest, type ProtocolResponse } from './seam/internals.ts';

/**
 * Fetch of version 13 (Kafka 3.1), which names topics by their ids: a topic that was deleted and made anew is another one,
 * and the broker says so instead of giving records of it at a position of the old one. It says, too, where a log has been cut
 * since we read it: `lastFetchedEpoch` is the leader epoch of the record before the position. kafkajs knows versions up to 11.
 * Source: Kafka protocol, Fetch 13; KIP-516 for ids, KIP-595 for the diverging epoch.
 */
export function fetch13(
  source: SourceConfig,
  asks: readonly Ask[],
  isHeldBack: boolean,
): { readonly request: ProtocolRequest; readonly response: ProtocolResponse<FetchAnswer> } {
  const names = new Map(asks.map(({ held }) => [held.topicId, held.topic]));
  return {
    request: {
      apiKey: 1,
      apiVersion: 13,
      apiName: 'Fetch',
      encode: () => Promise.resolve(encode(source, asks, isHeldBack)),
    },
    response: {
      decode: (payload) => Promise.resolve(read(payload, names)),
      parse: (answer) => Promise.resolve(answer),
    },
  };
}

function encode(source: SourceConfig, asks: readonly Ask[], isHeldBack: boolean): unknown {
  const { fetch, isolationLevel } = source;
  const byId = new Map<string, Ask[]>();
  for (const ask of asks) {
    const others = byId.get(ask.held.topicId);
    if (others) others.push(ask);
    else byId.set(ask.held.topicId, [ask]);
  }
  const encoder = newEncoder()
    // End of the request's header, which kafkajs writes in the layout of versions that aren't flexible.
    .writeUVarInt(0)
    .writeInt32(-1)
    .writeInt32(waitOf(source, isHeldBack))
    .writeInt32(fetch.minBytes)
    .writeInt32(fetch.maxBytes)
    .writeInt8(isolationLevel === 'readCommitted' ? 1 : 0)
    // No session.
    .writeInt32(0)
    .writeInt32(-1)
    .writeUVarInt(byId.size + 1);
  for (const [topicId, ofTopic] of byId) {
    encoder.writeBuffer(Buffer.from(topicId, 'base64url')).writeUVarInt(ofTopic.length + 1);
    for (const ask of ofTopic) encoder.writeBuffer(partitionOf(ask));
    encoder.writeUVarInt(0);
  }
  // Nothing forgotten, no rack, no tagged fields.
  return encoder.writeUVarInt(1).writeUVarIntString('').writeUVarInt(0);
}

/** partition | leader epoch, not checked | offset | last fetched epoch | log start, of followers | bytes | no tagged fields */
function partitionOf({ held, epoch, bytes }: Ask): Buffer {
  const part = Buffer.alloc(33);
  part.writeInt32BE(held.partition, 0);
  part.writeInt32BE(-1, 4);
  part.writeBigInt64BE(epoch.position, 8);
  part.writeInt32BE(held.readEpoch, 16);
  part.writeBigInt64BE(-1n, 20);
  part.writeInt32BE(bytes, 28);
  return part;
}

function read(payload: Buffer, names: ReadonlyMap<string, string>): FetchAnswer {
  const reader = new FlexibleReader(payload);
  reader.tags();
  const clientSideThrottleTime = reader.int32();
  const errorCode = reader.int16();
  reader.int32();
  const partitions: FetchedPartition[] = [];
  reader.each(() => {
    const topic = names.get(reader.uuid());
    reader.each(() => {
      const part = readPartition(reader, topic ?? '');
      if (topic !== undefined) partitions.push(part);
    });
    reader.tags();
  });
  return { clientSideThrottleTime, errorCode, partitions, bytes: payload.byteLength };
}

function readPartition(reader: FlexibleReader, topic: string): FetchedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  reader.int64();
  const abortedTransactions: AbortedTransaction[] = [];
  reader.each(() => {
    abortedTransactions.push({ producerId: reader.int64(), firstOffset: reader.int64() });
    reader.tags();
  });
  reader.int32();
  const set = reader.bytes();
  let divergedAt: bigint | null = null;
  reader.tags((tag, field) => {
    if (tag !== DIVERGING_EPOCH) return;
    field.int32();
    divergedAt = field.int64();
  });
  const place = { topic, partition, errorCode };
  return { ...place, highWatermark, lastStableOffset, abortedTransactions, set, divergedAt };
}

/** Tag of the field that says where the log of the leader parts from what was read. */
const DIVERGING_EPOCH = 0;

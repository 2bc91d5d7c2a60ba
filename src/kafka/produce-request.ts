import { bufferOf } from './records/views.ts';
import { newEncoder, type ProtocolRequest, type ProtocolResponse } from './seam/internals.ts';

/** A batch for a partition. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Uint8Array;
}

/**
 * Produces batches, each partition at most once, with version 7 of the API. kafkajs's own request encodes records from its message
 * objects, which can't carry a null header nor keep the order of headers. Source: Kafka protocol, Produce Request 7.
 */
export function produceRequest(input: {
  readonly acks: -1 | 0 | 1;
  readonly timeoutMs: number;
  readonly batches: readonly PartitionBatch[];
}): ProtocolRequest {
  const { acks, timeoutMs, batches } = input;
  const topics = new Map<string, PartitionBatch[]>();
  for (const each of batches) {
    const others = topics.get(each.topic);
    if (others) others.push(each);
    else topics.set(each.topic, [each]);
  }
  return {
    apiKey: 0,
    apiVersion: 7,
    apiName: 'Produce',
    expectResponse: () => acks !== 0,
    encode: () =>
      Promise.resolve(
        newEncoder()
          .writeString(null)
          .writeInt16(acks)
          .writeInt32(timeoutMs)
          .writeArray(
            [...topics].map(([topic, ofTopic]) =>
              newEncoder()
                .writeString(topic)
                .writeArray(
                  ofTopic.map(({ partition, batch }) =>
                    newEncoder().writeInt32(partition).writeBytes(bufferOf(batch)),
                  ),
                ),
            ),
          ),
      ),
  };
}

export interface ProduceAnswer {
  /** Error codes by topic and partition. */
  readonly codes: ReadonlyMap<string, ReadonlyMap<number, number>>;
  readonly clientSideThrottleTime: number;
}

/** Source: Kafka protocol, Produce Response 7. Bytes that end too early give RangeError, which fails the request. */
export const produceResponse: ProtocolResponse<ProduceAnswer> = {
  decode: (payload) => Promise.resolve(read(payload)),
  parse: (answer) => Promise.resolve(answer),
};

function read(payload: Buffer): ProduceAnswer {
  const codes = new Map<string, Map<number, number>>();
  let at = 4;
  for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
    const nameEnd = at + 2 + payload.readInt16BE(at);
    const ofTopic = new Map<number, number>();
    codes.set(payload.toString('utf8', at + 2, nameEnd), ofTopic);
    at = nameEnd + 4;
    // partition int32 | error int16 | base offset int64 | append time int64 | log start int64
    for (let partitions = payload.readInt32BE(nameEnd); partitions > 0; partitions--) {
      ofTopic.set(payload.readInt32BE(at), payload.readInt16BE(at + 4));
      at += 4 + 2 + 3 * 8;
    }
  }
  return { codes, clientSideThrottleTime: payload.readInt32BE(at) };
}

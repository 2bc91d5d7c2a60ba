import { bufferOf } from './records/views.ts';
import { newEncoder, type ProtocolRequest, type ProtocolResponse } from './seam/internals.ts';

/**
 * Produces one batch to one partition with version 7 of the API. kafkajs's own request encodes records from its message
 * objects, which can't carry a null header nor keep the order of headers. Source: Kafka protocol, Produce Request 7.
 */
export function produceRequest(input: {
  readonly acks: -1 | 0 | 1;
  readonly timeoutMs: number;
  readonly topic: string;
  readonly partition: number;
  readonly batch: Uint8Array;
}): ProtocolRequest {
  const { acks, timeoutMs, topic, partition, batch } = input;
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
          .writeArray([
            newEncoder()
              .writeString(topic)
              .writeArray([newEncoder().writeInt32(partition).writeBytes(bufferOf(batch))]),
          ]),
      ),
  };
}

export interface ProduceAnswer {
  readonly errorCode: number;
  readonly baseOffset: bigint;
  readonly clientSideThrottleTime: number;
}

/** Reads the answer for the one partition that was asked for. Source: Kafka protocol, Produce Response 7. */
export const produceResponse: ProtocolResponse<ProduceAnswer> = {
  decode: (payload) => {
    const nameLength = payload.readInt16BE(4);
    // topics int32 | name | partitions int32 | partition int32 | error int16 | base offset | append time | log start
    const at = 4 + 2 + nameLength + 4 + 4;
    return Promise.resolve({
      errorCode: payload.readInt16BE(at),
      baseOffset: payload.readBigInt64BE(at + 2),
      clientSideThrottleTime: payload.readInt32BE(at + 26),
    });
  },
  parse: (answer) => Promise.resolve(answer),
};

import { FlexibleReader } from './flexible-reader.ts';
import type { Place } from './offsets.ts';
import type { Broker, Cluster } from './seam/cluster.ts';
import { newEncoder, type ProtocolRequest, type ProtocolResponse } from './seam/internals.ts';

/**
 * What tells a topic from another one of the same name: the id that it got when it was created, as Kafka prints it. '' when the
 * broker has none to give (before Kafka 3.1), null when there is no such topic.
 */
export type TopicId = string | null;

/** Versions of Metadata from this one on carry ids and may be asked by name. Source: Kafka protocol, Metadata 12. */
const VERSION = 12;
const METADATA = 3;
const UNKNOWN_TOPIC_OR_PARTITION = 3;

/**
 * Asks each place's leader for the id of its topic: a broker that hosts a partition knows which topic it is of. By name of
 * the partition; one without a leader that answers is missing.
 */
export async function topicIds(
  cluster: Cluster,
  places: readonly (Place & { readonly leader: number })[],
): Promise<Map<string, TopicId>> {
  const found = new Map<string, TopicId>();
  const leaders = new Set(places.map(({ leader }) => leader));
  leaders.delete(-1);
  await Promise.allSettled(
    [...leaders].map(async (nodeId) => {
      const led = places.filter(({ leader }) => leader === nodeId);
      const broker = await cluster.findBroker({ nodeId });
      const ids = await topicIdsAt(
        broker,
        led.map(({ topic }) => topic),
      );
      for (const { topic, name } of led) {
        const id = ids.get(topic);
        if (id !== undefined) found.set(name, id);
      }
    }),
  );
  return found;
}

/** Asks one broker for the ids of topics; a topic that it can't say anything of at the moment is missing. */
async function topicIdsAt(
  broker: Broker,
  topics: readonly string[],
): Promise<Map<string, TopicId>> {
  const names = [...new Set(topics)];
  if (!speaks(broker, METADATA, VERSION)) return new Map(names.map((name) => [name, '']));
  return broker.connectionPool.send({
    request: metadataRequest(names),
    response: metadataResponse,
  });
}

/** Whether a broker takes a version of an API. */
export const speaks = (broker: Broker, api: number, version: number): boolean =>
  (broker.versions?.[api]?.maxVersion ?? 0) >= version;

function metadataRequest(topics: readonly string[]): ProtocolRequest {
  const encoder = newEncoder()
    // End of the request's header, which kafkajs writes in the layout of versions that aren't flexible.
    .writeUVarInt(0)
    .writeUVarInt(topics.length + 1);
  for (const topic of topics) {
    encoder.writeBuffer(Buffer.alloc(16)).writeUVarIntString(topic).writeUVarInt(0);
  }
  // Nothing is created, no rights are listed, no tagged fields.
  encoder.writeInt8(0).writeInt8(0).writeUVarInt(0);
  return {
    apiKey: METADATA,
    apiVersion: VERSION,
    apiName: 'Metadata',
    encode: () => Promise.resolve(encoder),
  };
}

const metadataResponse: ProtocolResponse<Map<string, TopicId>> = {
  decode: (payload) => Promise.resolve(read(payload)),
  parse: (answer) => Promise.resolve(answer),
};

function read(payload: Buffer): Map<string, TopicId> {
  const reader = new FlexibleReader(payload);
  const ids = new Map<string, TopicId>();
  reader.tags();
  reader.int32();
  reader.each(() => {
    // id | host | port | rack
    reader.int32();
    reader.string();
    reader.int32();
    reader.string();
    reader.tags();
  });
  // cluster | controller
  reader.string();
  reader.int32();
  reader.each(() => {
    const errorCode = reader.int16();
    const topic = reader.string() ?? '';
    const id = reader.uuid();
    reader.boolean();
    reader.each(() => skipPartition(reader));
    reader.int32();
    reader.tags();
    if (errorCode === 0) ids.set(topic, id);
    else if (errorCode === UNKNOWN_TOPIC_OR_PARTITION) ids.set(topic, null);
  });
  return ids;
}

/** error | partition | leader | leader epoch | replicas | in sync | offline */
function skipPartition(reader: FlexibleReader): void {
  reader.int16();
  for (let i = 0; i < 3; i++) reader.int32();
  for (let i = 0; i < 3; i++) reader.each(() => reader.int32());
  reader.tags();
}

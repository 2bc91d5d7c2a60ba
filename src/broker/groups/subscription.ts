import { MalformedFrame } from '../wire/malformed-frame.ts';
import { Reader } from '../wire/reader.ts';
import type { Member } from './member.ts';

/** The protocol type of consumers, whose metadata the coordinator can read. */
export const CONSUMER_PROTOCOL_TYPE = 'consumer';

/**
 * The topics that the members of a consumer group subscribe to; null when they are not known: no consumers, or metadata
 * that is not of their layout. Source: Kafka 4.1, ConsumerProtocolSubscription; all versions begin like version 0.
 */
export function subscribedTopics(
  protocolType: string | null,
  protocolName: string | null,
  members: readonly Member[],
): ReadonlySet<string> | null {
  if (protocolType !== CONSUMER_PROTOCOL_TYPE) return null;
  try {
    return new Set(members.flatMap((member) => topicsOf(member.metadataFor(protocolName))));
  } catch (error) {
    if (error instanceof MalformedFrame) return null;
    throw error;
  }
}

function topicsOf(metadata: Uint8Array): string[] {
  const reader = new Reader(
    Buffer.from(metadata.buffer, metadata.byteOffset, metadata.byteLength),
    0,
  );
  reader.int16();
  const topics: string[] = [];
  for (let count = reader.length(false); count > 0; count--) {
    const length = reader.stringLength(false);
    if (length < 0) throw new MalformedFrame('The name of a topic is null.');
    topics.push(reader.text(length));
  }
  // User data follow, and whatever later versions have. Without user data it is no subscription.
  const userDataBytes = reader.length(false);
  if (userDataBytes > 0) reader.slice(userDataBytes);
  return topics;
}

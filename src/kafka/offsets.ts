import type { Coordinator } from './coordinator.ts';
import { type Held, nameOf } from './intake.ts';
import type { Cluster } from './seam/cluster.ts';
import {
  errorFromCode,
  listOffsetsRequest,
  listOffsetsResponse,
  offsetFetchRequest,
  offsetFetchResponse,
} from './seam/internals.ts';

/** A partition by name. */
export type Place = Pick<Held, 'topic' | 'partition' | 'name'>;

/** What a group has committed for a partition. */
export interface Committed {
  /** null: nothing. */
  readonly offset: bigint | null;
  readonly metadata: string;
}

/** Reads what the group has committed, in the order of `places`. Rejects with kafkajs's errors. */
export async function committedOffsets(
  coordinator: Coordinator,
  groupId: string,
  places: readonly Place[],
): Promise<Committed[]> {
  const broker = await coordinator.find();
  const answer = await broker.connectionPool.send({
    request: offsetFetchRequest({
      groupId,
      topics: byTopic(places, ({ partition }) => ({ partition })),
    }),
    response: offsetFetchResponse,
  });
  if (answer.errorCode !== 0) throw errorFromCode(answer.errorCode);
  const found = new Map<string, Committed>();
  for (const { topic, partitions } of answer.responses) {
    for (const { partition, offset, metadata, errorCode } of partitions) {
      if (errorCode !== 0) throw errorFromCode(errorCode);
      // Other clients may have stored a negative number that isn't -1; it means nothing either.
      const value = BigInt(offset);
      found.set(nameOf(topic, partition), {
        offset: value < 0n ? null : value,
        metadata: metadata ?? '',
      });
    }
  }
  return places.map(({ name }) => found.get(name) ?? { offset: null, metadata: '' });
}

/** First offset in the log and the one past the last, transactions that are open included. */
export interface LogRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** Special timestamps of ListOffsets. Source: Kafka protocol, ListOffsets. */
const EARLIEST = -2;
const LATEST = -1;

/** Asks the leaders for the range of each partition's log, in the order of `places`; undefined for one without a leader that answers. */
export async function logRanges(
  cluster: Cluster,
  places: readonly Place[],
): Promise<(LogRange | undefined)[]> {
  const [starts, ends] = await Promise.all([
    listOffsets(cluster, places, { timestamp: EARLIEST, isolation: 0 }),
    listOffsets(cluster, places, { timestamp: LATEST, isolation: 0 }),
  ]);
  return places.map(({ name }) => {
    const start = starts.get(name);
    const end = ends.get(name);
    return start === undefined || end === undefined ? undefined : { start, end };
  });
}

/** End of the log and end of what may be read, of the partitions whose leader answers; by name. */
export async function logEnds(
  cluster: Cluster,
  places: readonly Place[],
  readsCommitted: boolean,
): Promise<Map<string, { readonly end: bigint; readonly readableEnd: bigint }>> {
  const ends = await listOffsets(cluster, places, { timestamp: LATEST, isolation: 0 });
  const readable = readsCommitted
    ? await listOffsets(cluster, places, { timestamp: LATEST, isolation: 1 })
    : ends;
  const found = new Map<string, { end: bigint; readableEnd: bigint }>();
  for (const [name, end] of ends) {
    const readableEnd = readable.get(name);
    if (readableEnd !== undefined) found.set(name, { end, readableEnd });
  }
  return found;
}

/** Offsets by name of the partition; one without a leader that answers is missing. `isolation` 1 counts only what is committed. */
async function listOffsets(
  cluster: Cluster,
  places: readonly Place[],
  { timestamp, isolation }: { readonly timestamp: number; readonly isolation: 0 | 1 },
): Promise<Map<string, bigint>> {
  const byLeader = new Map<number, Place[]>();
  for (const place of places) {
    const leader = leaderOf(cluster, place);
    const group = byLeader.get(leader);
    if (group) group.push(place);
    else byLeader.set(leader, [place]);
  }
  byLeader.delete(-1);
  const found = new Map<string, bigint>();
  await Promise.allSettled(
    [...byLeader].map(async ([nodeId, group]) => {
      const broker = await cluster.findBroker({ nodeId });
      const answer = await broker.connectionPool.send({
        request: listOffsetsRequest({
          replicaId: -1,
          isolationLevel: isolation,
          topics: byTopic(group, ({ partition }) => ({ partition, timestamp })),
        }),
        response: listOffsetsResponse,
      });
      for (const { topic, partitions } of answer.responses) {
        for (const { partition, offset, errorCode } of partitions) {
          if (errorCode === 0) found.set(nameOf(topic, partition), BigInt(offset));
        }
      }
    }),
  );
  return found;
}

/** Broker that leads a partition by the metadata at hand; -1 when there is none. */
export function leaderOf(cluster: Cluster, { topic, partition }: Omit<Place, 'name'>): number {
  const found = cluster
    .findTopicPartitionMetadata(topic)
    .find(({ partitionId }) => partitionId === partition);
  return found?.leader ?? -1;
}

/** Groups places by topic, in the shape that requests want. */
export function byTopic<Entry>(
  places: readonly Place[],
  entryOf: (place: Place) => Entry,
): { topic: string; partitions: Entry[] }[] {
  const topics = new Map<string, Entry[]>();
  for (const place of places) {
    const entries = topics.get(place.topic);
    if (entries) entries.push(entryOf(place));
    else topics.set(place.topic, [entryOf(place)]);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}

import { ERROR } from '../errors.ts';

interface Named<P> {
  readonly name: string;
  readonly partitions: readonly P[];
}
interface Indexed {
  readonly partitionIndex: number;
}
interface PartitionCode extends Indexed {
  readonly errorCode: number;
}

/**
 * The answer to a request that names partitions of topics: of each an error code, in Kafka's order. Those that are not
 * there come first, and with them their topics; `codeOf` is asked about the others, in the order of the request.
 */
export function partitionCodes<P extends Indexed>(
  topics: readonly Named<P>[],
  isThere: (topic: string, partition: number) => boolean,
  codeOf: (topic: string, partition: P) => number,
): Named<PartitionCode>[] {
  const missing = pick(
    topics,
    (topic, { partitionIndex }) => !isThere(topic, partitionIndex),
    () => ERROR.UNKNOWN_TOPIC_OR_PARTITION,
  );
  const present = pick(
    topics,
    (topic, { partitionIndex }) => isThere(topic, partitionIndex),
    codeOf,
  );
  return missing.length === 0 ? present : byName([...missing, ...present]);
}

/** The partitions that `isMeant`, without the topics of which there are none. */
function pick<P extends Indexed>(
  topics: readonly Named<P>[],
  isMeant: (topic: string, partition: P) => boolean,
  codeOf: (topic: string, partition: P) => number,
): Named<PartitionCode>[] {
  return topics.flatMap(({ name, partitions }) => {
    const codes = partitions
      .filter((partition) => isMeant(name, partition))
      .map((partition) => ({
        partitionIndex: partition.partitionIndex,
        errorCode: codeOf(name, partition),
      }));
    return codes.length === 0 ? [] : [{ name, partitions: codes }];
  });
}

function byName(topics: readonly Named<PartitionCode>[]): Named<PartitionCode>[] {
  const merged = new Map<string, PartitionCode[]>();
  for (const { name, partitions } of topics) {
    merged.set(name, [...(merged.get(name) ?? []), ...partitions]);
  }
  return [...merged].map(([name, partitions]) => ({ name, partitions }));
}

import type { Api, RequestContext } from '../api.ts';
import { ERROR, Refusal } from '../errors.ts';
import type { Partition } from '../partition.ts';
import type { Decoded, Encoded } from '../wire/schema.ts';
import { codeOf, partitionHere, topicNamed } from './partition-here.ts';

const request = {
  replicaId: 'int32 = -1',
  isolationLevel: 'int8 2+ = 0',
  topics: [
    {
      name: 'string',
      partitions: [
        {
          partitionIndex: 'int32',
          currentLeaderEpoch: 'int32 4+ = -1',
          timestamp: 'int64',
        },
      ],
    },
  ],
  timeoutMs: 'int32 10+ = 0',
} as const;

const response = {
  throttleTimeMs: 'int32 2+ = 0',
  topics: [
    {
      name: 'string',
      partitions: [
        {
          partitionIndex: 'int32',
          errorCode: 'int16 = 0',
          timestamp: 'int64 = -1',
          offset: 'int64 = -1',
          leaderEpoch: 'int32 4+ = -1',
        },
      ],
    },
  ],
} as const;

export const listOffsets: Api<typeof request, typeof response> = {
  key: 2,
  name: 'ListOffsets',
  versions: [1, 10],
  flexibleFrom: 6,
  request,
  response,
  handle: ({ topics, isolationLevel }, context) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: distinct(partitions).map((part) => {
        const { partitionIndex } = part;
        const isOnly =
          partitions.filter((other) => other.partitionIndex === partitionIndex).length === 1;
        if (!isOnly) return { partitionIndex, errorCode: ERROR.INVALID_REQUEST };
        return find(name, part, isolationLevel, context);
      }),
    })),
  }),
  refuse: ({ topics }, { code }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
    })),
  }),
};

/** Timestamps that ask for a place in the log and not for a time. */
const LATEST = -1n;
const EARLIEST = -2n;
const MAX_TIMESTAMP = -3n;
const EARLIEST_LOCAL = -4n;
const LATEST_TIERED = -5n;
/** Version from which each is known; others below 0 never are. */
const SINCE: ReadonlyMap<bigint, number> = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
]);

type Part = Decoded<typeof request>['topics'][number]['partitions'][number];
type Place = Encoded<typeof response>['topics'][number]['partitions'][number];

function find(name: string, part: Part, isolation: number, context: RequestContext): Place {
  const { partitionIndex, currentLeaderEpoch: leaderEpoch, timestamp } = part;
  try {
    const topic = topicNamed(context, name);
    const { log, ...partition } = placed(
      partitionHere(context, topic, partitionIndex, { leaderEpoch }),
    );
    const since = timestamp >= 0n ? 1 : (SINCE.get(timestamp) ?? Number.POSITIVE_INFINITY);
    if (context.version < since) throw new Refusal('UNSUPPORTED_VERSION');
    const end = isolation === 1 ? log.lastStableOffset : log.highWatermark;
    if (timestamp === LATEST) return { partitionIndex, offset: end, ...partition };
    if (timestamp === EARLIEST || timestamp === EARLIEST_LOCAL) {
      const offset = log.startOffset;
      return { partitionIndex, offset, leaderEpoch: log.epochs.at(offset) };
    }
    const isTime = timestamp >= 0n || timestamp === MAX_TIMESTAMP;
    const found = !isTime
      ? null
      : timestamp === MAX_TIMESTAMP
        ? log.latest()
        : log.firstAtOrAfter(timestamp);
    if (found === null || found.offset >= end) return { partitionIndex };
    return { partitionIndex, ...found, leaderEpoch: log.epochs.at(found.offset) };
  } catch (error) {
    return { partitionIndex, errorCode: codeOf(error) };
  }
}

const distinct = (parts: readonly Part[]): Part[] => [
  ...new Map(parts.map((part) => [part.partitionIndex, part])).values(),
];

const placed = ({ log, leaderEpoch }: Partition) => ({ log, leaderEpoch });

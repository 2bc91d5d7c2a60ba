import type { Api, RequestContext } from '../api.ts';
import { ERROR } from '../errors.ts';
import type { Group } from '../groups/group.ts';
import type { GroupOffsets } from '../groups/offsets.ts';
import type { Decoded, Encoded } from '../wire/schema.ts';
import { codeOf } from './partition-here.ts';

const request = {
  groupId: 'string 0-7 = ""',
  topics: [{ $: '?2+ 0-7 = []', name: 'string', partitionIndexes: ['int32'] }],
  groups: [
    {
      $: '8+ = []',
      groupId: 'string',
      memberId: 'string? 9+ = null',
      memberEpoch: 'int32 9+ = -1',
      topics: [{ $: '?', name: 'string', partitionIndexes: ['int32'] }],
    },
  ],
  requireStable: 'boolean 7+ = false',
} as const;

const response = {
  throttleTimeMs: 'int32 3+ = 0',
  topics: [
    {
      $: '0-7 = []',
      name: 'string',
      partitions: [
        {
          partitionIndex: 'int32',
          committedOffset: 'int64',
          committedLeaderEpoch: 'int32 5+ = -1',
          metadata: 'string?',
          errorCode: 'int16 = 0',
        },
      ],
    },
  ],
  errorCode: 'int16 2-7 = 0',
  groups: [
    {
      $: '8+ = []',
      groupId: 'string',
      topics: [
        {
          name: 'string',
          partitions: [
            {
              partitionIndex: 'int32',
              committedOffset: 'int64',
              committedLeaderEpoch: 'int32 = -1',
              metadata: 'string?',
              errorCode: 'int16 = 0',
            },
          ],
        },
      ],
      errorCode: 'int16 = 0',
    },
  ],
} as const;

export const offsetFetch: Api<typeof request, typeof response> = {
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 9],
  flexibleFrom: 6,
  request,
  response,
  handle(asked, context) {
    const { requireStable } = asked;
    const groups = groupsAsked(asked, context.version);
    return answerOf(groups.map((each) => fetch(each, requireStable, context)));
  },
  refuse: (asked, { code, version }) =>
    answerOf(groupsAsked(asked, version).map((each) => refused(each, code, version))),
};

type Request = Decoded<typeof request>;
type Asked = Pick<Request['groups'][number], 'groupId' | 'topics'>;
type Topics = Decoded<typeof response>['groups'][number]['topics'];
interface Fetched {
  readonly groupId: string;
  readonly topics: Topics;
  readonly errorCode: number;
}

/** Before version 8 a request is for one group. */
const groupsAsked = ({ groupId, topics, groups }: Request, version: number): readonly Asked[] =>
  version < 8 ? [{ groupId, topics }] : groups;

const answerOf = (groups: readonly Fetched[]): Encoded<typeof response> => ({
  topics: groups[0]?.topics,
  errorCode: groups[0]?.errorCode,
  groups,
});

function fetch(asked: Asked, requireStable: boolean, context: RequestContext): Fetched {
  const { cluster, node, version } = context;
  const { groupId } = asked;
  try {
    const group = cluster.groups.at(node.id, groupId);
    return { groupId, topics: offsetsOf(group, asked, requireStable), errorCode: ERROR.NONE };
  } catch (error) {
    return refused(asked, codeOf(error), version);
  }
}

/** Topics of null ask for all partitions that have a committed offset. */
function offsetsOf(group: Group | undefined, { topics }: Asked, requireStable: boolean): Topics {
  const committed = [...(group?.offsets.partitions() ?? [])];
  const all = committed.map(([name, partitionIndexes]) => ({ name, partitionIndexes }));
  return (topics ?? all).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => ({
      partitionIndex,
      ...offsetOf(group?.offsets, name, partitionIndex, requireStable),
    })),
  }));
}

function offsetOf(
  offsets: GroupOffsets | undefined,
  topic: string,
  partition: number,
  requireStable: boolean,
) {
  if (requireStable && offsets?.isPending(topic, partition)) {
    return { ...NO_OFFSET, errorCode: ERROR.UNSTABLE_OFFSET_COMMIT };
  }
  const committed = offsets?.committed(topic, partition) ?? null;
  if (committed === null) return NO_OFFSET;
  const { offset, leaderEpoch, metadata } = committed;
  return { ...NO_OFFSET, committedOffset: offset, committedLeaderEpoch: leaderEpoch, metadata };
}

const NO_OFFSET = {
  committedOffset: -1n,
  committedLeaderEpoch: -1,
  metadata: '',
  errorCode: 0,
};

/** Version 1 has no place for an error but at the partitions. */
function refused({ groupId, topics }: Asked, errorCode: number, version: number): Fetched {
  if (version > 1) return { groupId, topics: [], errorCode };
  return {
    groupId,
    errorCode,
    topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        ...NO_OFFSET,
        errorCode,
      })),
    })),
  };
}

import type { Api } from '../api.ts';
import type { Cluster } from '../cluster.ts';
import { ERROR, Refusal } from '../errors.ts';
import { isInternalTopic, type Topic, topicNameProblem } from '../topic.ts';
import { planTopic } from '../topic-plan.ts';
import { ZERO_UUID } from '../wire/kinds.ts';
import type { Decoded, Encoded } from '../wire/schema.ts';
import { CLUSTER_OPERATIONS, TOPIC_OPERATIONS, UNASKED } from './authorized-operations.ts';
import { codeOf } from './partition-here.ts';

const request = {
  topics: [{ $: '?1+', topicId: 'uuid 10+ = zero', name: 'string?10+' }],
  allowAutoTopicCreation: 'boolean 4+ = true',
  includeClusterAuthorizedOperations: 'boolean 8-10 = false',
  includeTopicAuthorizedOperations: 'boolean 8+ = false',
} as const;

const response = {
  throttleTimeMs: 'int32 3+ = 0',
  brokers: [{ nodeId: 'int32', host: 'string', port: 'int32', rack: 'string? 1+ = null' }],
  clusterId: 'string? 2+ = null',
  controllerId: 'int32 1+ = -1',
  topics: [
    {
      errorCode: 'int16 = 0',
      name: 'string?12+',
      topicId: 'uuid 10+ = zero',
      isInternal: 'boolean 1+ = false',
      partitions: [
        {
          errorCode: 'int16 = 0',
          partitionIndex: 'int32',
          leaderId: 'int32',
          leaderEpoch: 'int32 7+ = -1',
          replicaNodes: ['int32'],
          isrNodes: ['int32'],
          offlineReplicas: ['int32 5+ = []'],
        },
      ],
      topicAuthorizedOperations: 'int32 8+ = -2147483648',
    },
  ],
  errorCode: 'int16 13+ = 0',
  clusterAuthorizedOperations: 'int32 8-10 = -2147483648',
} as const;

export const metadata: Api<typeof request, typeof response> = {
  key: 3,
  name: 'Metadata',
  versions: [0, 13],
  flexibleFrom: 9,
  request,
  response,
  handle(asked, context) {
    const { cluster, version } = context;
    const isOfAll = asked.topics === null || (version === 0 && asked.topics.length === 0);
    const wanted = asked.topics ?? [];
    if (
      version < 12 &&
      wanted.some(({ name, topicId }) => name === null || topicId !== ZERO_UUID)
    ) {
      throw new Refusal('INVALID_REQUEST');
    }
    const { includeTopicAuthorizedOperations: withOperations } = asked;
    const topics = isOfAll
      ? cluster.topics.all().map((topic) => describe(topic, cluster, withOperations))
      : distinct(wanted).map((each) =>
          find(each, cluster, asked.allowAutoTopicCreation, withOperations),
        );
    return {
      brokers: cluster.liveNodes().map(({ id, host, port }) => ({ nodeId: id, host, port })),
      clusterId: cluster.id,
      controllerId: cluster.controllerId,
      topics,
      clusterAuthorizedOperations: asked.includeClusterAuthorizedOperations
        ? CLUSTER_OPERATIONS
        : UNASKED,
    };
  },
  refuse: ({ topics }, { code, version }) => ({
    brokers: [],
    errorCode: code,
    topics: (topics ?? []).map(({ name, topicId }) => unknown(code, name ?? '', topicId, version)),
  }),
};

type Wanted = NonNullable<Decoded<typeof request>['topics']>[number];
type Described = Encoded<typeof response>['topics'][number];

const distinct = (wanted: readonly Wanted[]): Wanted[] => [
  ...new Map(wanted.map((each) => [`${each.name ?? ''} ${each.topicId}`, each])).values(),
];

function find(
  { name, topicId }: Wanted,
  cluster: Cluster,
  mayCreate: boolean,
  withOperations: boolean,
): Described {
  const topic =
    topicId === ZERO_UUID ? cluster.topics.get(name ?? '') : cluster.topics.byId(topicId);
  if (topic !== undefined) return describe(topic, cluster, withOperations);
  if (topicId !== ZERO_UUID) return { ...unknown(ERROR.UNKNOWN_TOPIC_ID, null, topicId) };
  const asked = name ?? '';
  const operations = withOperations ? TOPIC_OPERATIONS : UNASKED;
  if (topicNameProblem(asked) !== null) {
    return {
      ...unknown(ERROR.INVALID_TOPIC_EXCEPTION, asked),
      topicAuthorizedOperations: operations,
    };
  }
  const created = mayCreate ? autoCreate(asked, cluster) : null;
  if (created !== null) return describe(created, cluster, withOperations);
  const code = ERROR.UNKNOWN_TOPIC_OR_PARTITION;
  return { ...unknown(code, asked), topicAuthorizedOperations: operations };
}

function autoCreate(name: string, cluster: Cluster): Topic | null {
  if (!cluster.configs.isOn('auto.create.topics.enable')) return null;
  const wish = { name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] };
  try {
    return cluster.topics.create(planTopic(cluster, wish));
  } catch (error) {
    // A name that collides with another, say: for the client the topic just is not there.
    codeOf(error);
    return null;
  }
}

const unknown = (
  errorCode: number,
  name: string | null,
  topicId: string = ZERO_UUID,
  version = 12,
): Described => ({
  errorCode,
  name: version < 12 ? (name ?? '') : name,
  topicId,
  isInternal: name !== null && isInternalTopic(name),
  partitions: [],
});

const describe = (topic: Topic, cluster: Cluster, withOperations: boolean): Described => ({
  name: topic.name,
  topicId: topic.id,
  isInternal: isInternalTopic(topic.name),
  partitions: topic.partitions.map((partition) => ({
    errorCode: partition.leaderId === null ? ERROR.LEADER_NOT_AVAILABLE : ERROR.NONE,
    partitionIndex: partition.index,
    leaderId: partition.leaderId ?? -1,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: partition.replicas,
    isrNodes: partition.isr,
    offlineReplicas: partition.replicas.filter((id) => !cluster.isUp(id)),
  })),
  topicAuthorizedOperations: withOperations ? TOPIC_OPERATIONS : UNASKED,
});

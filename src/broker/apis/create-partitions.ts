import type { Api } from '../api.ts';
import type { Cluster } from '../cluster.ts';
import { Refusal } from '../errors.ts';
import { checkAdded, checkReplicas } from '../topic-plan.ts';
import type { Decoded } from '../wire/schema.ts';

const request = {
  topics: [
    { name: 'string', count: 'int32', assignments: [{ $: '? = null', brokerIds: ['int32'] }] },
  ],
  timeoutMs: 'int32 = 60000',
  validateOnly: 'boolean = false',
} as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  results: [{ name: 'string', errorCode: 'int16 = 0', errorMessage: 'string? = null' }],
} as const;

export const createPartitions: Api<typeof request, typeof response> = {
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexibleFrom: 2,
  request,
  response,
  handle({ topics, validateOnly }, { cluster }) {
    const counts = new Map<string, number>();
    for (const { name } of topics) counts.set(name, (counts.get(name) ?? 0) + 1);
    const wishes = new Map(topics.map((wish) => [wish.name, wish]));
    return {
      results: [...wishes.values()].map((wish) => {
        const { name } = wish;
        try {
          if (counts.get(name) !== 1) throw new Refusal('INVALID_REQUEST', 'Duplicate topic name.');
          grow(wish, validateOnly, cluster);
          return { name };
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          return { name, errorCode: error.code, errorMessage: error.text };
        }
      }),
    };
  },
  refuse: ({ topics }, { code, text }) => ({
    results: topics.map(({ name }) => ({ name, errorCode: code, errorMessage: text })),
  }),
};

type Wish = Decoded<typeof request>['topics'][number];

function grow({ name, count, assignments }: Wish, validateOnly: boolean, cluster: Cluster): void {
  const topic = cluster.topics.get(name);
  if (topic === undefined) throw new Refusal('UNKNOWN_TOPIC_OR_PARTITION');
  const current = topic.partitions.length;
  if (count === current) {
    throw new Refusal('INVALID_PARTITIONS', `Topic already has ${current} partition(s).`);
  }
  if (count < current) {
    const text = `The topic ${name} currently has ${current} partition(s); ${count} would not be an increase.`;
    throw new Refusal('INVALID_PARTITIONS', text);
  }
  const added = count - current;
  checkAdded(added);
  if (assignments !== null && assignments.length !== added) {
    const text = `Attempted to add ${added} additional partition(s), but only ${assignments.length} assignment(s) were specified.`;
    throw new Refusal('INVALID_REPLICA_ASSIGNMENT', text);
  }
  for (const { brokerIds } of assignments ?? []) checkReplicas(cluster, brokerIds);
  if (validateOnly) return;
  const replicationFactor = topic.partitions[0]?.replicas.length ?? 1;
  cluster.topics.grow(
    topic,
    assignments?.map(({ brokerIds }) => brokerIds) ??
      cluster.topics.spread(name, current, added, replicationFactor),
  );
}

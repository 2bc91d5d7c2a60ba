import type { Api } from '../api.ts';
import type { Cluster } from '../cluster.ts';
import { CONFIG_SOURCE } from '../configs/configs.ts';
import { TOPIC_DEFINITIONS } from '../configs/topic-definitions.ts';
import { ERROR, Refusal } from '../errors.ts';
import { planTopic } from '../topic-plan.ts';
import { newId } from '../topics.ts';
import type { Decoded, Encoded } from '../wire/schema.ts';
import { codeOf } from './partition-here.ts';

const request = {
  topics: [
    {
      name: 'string',
      numPartitions: 'int32',
      replicationFactor: 'int16',
      assignments: [{ $: '= []', partitionIndex: 'int32', brokerIds: ['int32'] }],
      configs: [{ $: '= []', name: 'string', value: 'string?' }],
    },
  ],
  timeoutMs: 'int32 = 60000',
  validateOnly: 'boolean = false',
} as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  topics: [
    {
      name: 'string',
      topicId: 'uuid 7+ = zero',
      errorCode: 'int16 = 0',
      errorMessage: 'string? = null',
      topicConfigErrorCode: 'int16 5+ tag 0 = 0',
      numPartitions: 'int32 5+ = -1',
      replicationFactor: 'int16 5+ = -1',
      configs: [
        {
          $: '? 5+ = null',
          name: 'string',
          value: 'string?',
          readOnly: 'boolean',
          configSource: 'int8 = -1',
          isSensitive: 'boolean',
        },
      ],
    },
  ],
} as const;

export const createTopics: Api<typeof request, typeof response> = {
  key: 19,
  name: 'CreateTopics',
  versions: [2, 7],
  flexibleFrom: 5,
  request,
  response,
  handle({ topics, validateOnly }, { cluster }) {
    const counts = new Map<string, number>();
    for (const { name } of topics) counts.set(name, (counts.get(name) ?? 0) + 1);
    const once = topics.filter(({ name }) => counts.get(name) === 1);
    const repeated = [...counts].filter(([, count]) => count > 1);
    return {
      topics: [
        ...once.map((topic) => create(topic, validateOnly, cluster)),
        ...repeated.map(([name]) => failed(name, ERROR.INVALID_REQUEST, 'Duplicate topic name.')),
      ],
    };
  },
  refuse: ({ topics }, { code, text }) => ({
    topics: topics.map(({ name }) => failed(name, code, text)),
  }),
};

type Wish = Decoded<typeof request>['topics'][number];
type Created = Encoded<typeof response>['topics'][number];

function create(wish: Wish, validateOnly: boolean, cluster: Cluster): Created {
  const { name } = wish;
  try {
    const plan = planTopic(cluster, wish);
    const topicId = validateOnly ? newId() : cluster.topics.create(plan).id;
    return {
      name,
      topicId,
      numPartitions: plan.assignments.length,
      replicationFactor: plan.assignments[0]?.length ?? -1,
      configs: TOPIC_DEFINITIONS.map((definition) => {
        const [holds] = cluster.configs.topicValues(definition, plan.configs, '');
        return {
          name: definition.name,
          value: holds?.value ?? null,
          readOnly: false,
          configSource: holds?.source ?? CONFIG_SOURCE.default,
          isSensitive: false,
        };
      }),
    };
  } catch (error) {
    return failed(name, codeOf(error), error instanceof Refusal ? error.text : null);
  }
}

const failed = (name: string, errorCode: number, errorMessage: string | null): Created => ({
  name,
  errorCode,
  errorMessage,
  configs: [],
});

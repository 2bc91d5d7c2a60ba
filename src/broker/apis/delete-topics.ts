import type { Api } from '../api.ts';
import type { Cluster } from '../cluster.ts';
import { ERROR, type ErrorName } from '../errors.ts';
import { ZERO_UUID } from '../wire/kinds.ts';
import type { Decoded, Encoded } from '../wire/schema.ts';

const request = {
  topics: [{ $: '6+ = []', name: 'string? = null', topicId: 'uuid = zero' }],
  topicNames: ['string 0-5 = []'],
  timeoutMs: 'int32 = 60000',
} as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  responses: [
    {
      name: 'string?6+',
      topicId: 'uuid 6+ = zero',
      errorCode: 'int16 = 0',
      errorMessage: 'string? 5+ = null',
    },
  ],
} as const;

export const deleteTopics: Api<typeof request, typeof response> = {
  key: 20,
  name: 'DeleteTopics',
  versions: [1, 6],
  flexibleFrom: 4,
  request,
  response,
  handle({ topics, topicNames }, { cluster, version }) {
    const named = version >= 6 ? topics : topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
    const byKey = new Map(named.map((topic) => [keyOf(topic), topic]));
    return {
      responses: [...byKey].map(([key, topic]) => {
        const isOnly = named.filter((other) => keyOf(other) === key).length === 1;
        return isOnly ? remove(topic, cluster) : refused(topic, 'INVALID_REQUEST', TWICE);
      }),
    };
  },
  refuse: ({ topics, topicNames }, { code, text, version }) => ({
    responses:
      version >= 6
        ? topics.map((topic) => ({ ...topic, errorCode: code, errorMessage: text }))
        : topicNames.map((name) => ({ name, errorCode: code, errorMessage: text })),
  }),
};

type Named = Decoded<typeof request>['topics'][number];
type Removed = Encoded<typeof response>['responses'][number];

const keyOf = ({ name, topicId }: Named): string => name ?? topicId;

const TWICE = 'Duplicate topic name.';

const refused = (topic: Named, error: ErrorName, errorMessage: string): Removed => ({
  name: topic.name,
  topicId: topic.topicId,
  errorCode: ERROR[error],
  errorMessage,
});

/** By its name, or by its id when the name is null. */
function remove(named: Named, cluster: Cluster): Removed {
  const { name, topicId } = named;
  if (name !== null && topicId !== ZERO_UUID) {
    const text = 'You may not specify both topic name and topic id.';
    return refused(named, 'INVALID_REQUEST', text);
  }
  if (name === null && topicId === ZERO_UUID) {
    return refused(named, 'INVALID_REQUEST', 'Neither topic name nor id were specified.');
  }
  const topic = name === null ? cluster.topics.byId(topicId) : cluster.topics.get(name);
  if (topic === undefined) {
    return name === null
      ? refused(named, 'UNKNOWN_TOPIC_ID', 'This server does not host this topic ID.')
      : refused(
          named,
          'UNKNOWN_TOPIC_OR_PARTITION',
          'This server does not host this topic-partition.',
        );
  }
  if (!cluster.configs.isOn('delete.topic.enable')) {
    return refused(named, 'TOPIC_DELETION_DISABLED', 'Topic deletion is disabled.');
  }
  cluster.deleteTopic(topic);
  return { name: topic.name, topicId: topic.id };
}

import type { Api, RequestContext } from '../api.ts';
import { BROKER_DEFINITIONS } from '../configs/broker-definitions.ts';
import { CONFIG_SOURCE, type ConfigValue, topicDefinition } from '../configs/configs.ts';
import { CONFIG_TYPE, type ConfigDefinition } from '../configs/definition.ts';
import { TOPIC_DEFINITIONS } from '../configs/topic-definitions.ts';
import { Refusal } from '../errors.ts';
import { topicNameProblem } from '../topic.ts';
import type { Encoded } from '../wire/schema.ts';
import { RESOURCE, type Resource } from './config-changes.ts';

const request = {
  resources: [
    { resourceType: 'int8', resourceName: 'string', configurationKeys: ['string? = null'] },
  ],
  includeSynonyms: 'boolean = false',
  includeDocumentation: 'boolean 3+ = false',
} as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  results: [
    {
      errorCode: 'int16 = 0',
      errorMessage: 'string? = null',
      resourceType: 'int8',
      resourceName: 'string',
      configs: [
        {
          name: 'string',
          value: 'string?',
          readOnly: 'boolean',
          configSource: 'int8 = -1',
          isSensitive: 'boolean',
          synonyms: [{ $: '= []', name: 'string', value: 'string?', source: 'int8' }],
          configType: 'int8 3+ = 0',
          documentation: 'string? 3+ = null',
        },
      ],
    },
  ],
} as const;

export const describeConfigs: Api<typeof request, typeof response> = {
  key: 32,
  name: 'DescribeConfigs',
  versions: [1, 4],
  flexibleFrom: 4,
  request,
  response,
  handle: ({ resources, includeSynonyms }, context) => ({
    results: resources.map((resource) => {
      const { resourceType, resourceName, configurationKeys: keys } = resource;
      const named = { resourceType, resourceName };
      try {
        const configs = configsOf(resource, context)
          .filter(({ definition: { name } }) => !keys?.length || keys.includes(name))
          .map((config) => described(config, includeSynonyms));
        return { ...named, errorMessage: '', configs };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return { ...named, errorCode: error.code, errorMessage: error.text ?? '', configs: [] };
      }
    }),
  }),
  refuse: ({ resources }, { code, text }) => ({
    results: resources.map(({ resourceType, resourceName }) => ({
      resourceType,
      resourceName,
      errorCode: code,
      errorMessage: text,
      configs: [],
    })),
  }),
};

/** A config, and all values that it has; the first one holds. */
interface Config {
  readonly definition: ConfigDefinition;
  readonly values: readonly ConfigValue[];
}
type Described = Encoded<typeof response>['results'][number]['configs'][number];

function described({ definition, values }: Config, withSynonyms: boolean): Described {
  const { name, type, isReadOnly } = definition;
  const [holds] = values;
  return {
    name,
    value: holds?.value ?? null,
    readOnly: isReadOnly,
    configSource: holds?.source ?? CONFIG_SOURCE.default,
    isSensitive: false,
    // A value that no broker can set has nothing that stands behind it, so Kafka lists none.
    synonyms: withSynonyms && hasSynonyms(definition, holds) ? values : [],
    configType: CONFIG_TYPE[type],
  };
}

const hasSynonyms = (
  { name, synonym }: ConfigDefinition,
  holds: ConfigValue | undefined,
): boolean =>
  holds?.value !== null &&
  (topicDefinition(name) === undefined ||
    synonym !== null ||
    holds?.source === CONFIG_SOURCE.topic);

function configsOf({ resourceType, resourceName }: Resource, context: RequestContext): Config[] {
  if (resourceType === RESOURCE.topic) return topicConfigs(resourceName, context);
  if (resourceType === RESOURCE.broker) return brokerConfigs(resourceName, context);
  throw new Refusal('INVALID_REQUEST', UNKNOWN_TYPE);
}

const UNKNOWN_TYPE =
  'This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.';

function topicConfigs(name: string, { cluster, node }: RequestContext): Config[] {
  const problem = topicNameProblem(name);
  if (problem !== null) throw new Refusal('INVALID_TOPIC_EXCEPTION', problem);
  const topic = cluster.topics.get(name);
  if (topic === undefined) throw new Refusal('UNKNOWN_TOPIC_OR_PARTITION');
  return TOPIC_DEFINITIONS.map((definition) => ({
    definition,
    values: cluster.configs.topicValues(definition, topic.configs, String(node.id)),
  }));
}

function brokerConfigs(name: string, { cluster: { configs }, node }: RequestContext): Config[] {
  if (name !== '' && !/^-?\d+$/.test(name)) {
    throw new Refusal('INVALID_REQUEST', `Broker id must be an integer, but it is: ${name}`);
  }
  if (name !== '' && Number(name) !== node.id) {
    const text = `Unexpected broker id, expected ${node.id} or empty string, but received ${name}`;
    throw new Refusal('INVALID_REQUEST', text);
  }
  const all = BROKER_DEFINITIONS.map((definition) => ({
    definition,
    values: configs.brokerValues(definition, name),
  }));
  // Of all brokers only what was set for all of them is told.
  if (name === '')
    return all.filter(({ values }) => values[0]?.source === CONFIG_SOURCE.allBrokers);
  return all.map((config) => withNodeId(config, node.id));
}

/** Each node has its own id, which nobody sets. */
function withNodeId(config: Config, nodeId: number): Config {
  const { name } = config.definition;
  if (name !== 'node.id' && name !== 'broker.id') return config;
  return { ...config, values: [{ name, value: String(nodeId), source: CONFIG_SOURCE.start }] };
}

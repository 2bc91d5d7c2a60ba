import type { RequestContext } from '../api.ts';
import { brokerDefinition, type ConfigMap, topicDefinition } from '../configs/configs.ts';
import { type ConfigDefinition, problemOf } from '../configs/definition.ts';
import { ERROR, Refusal } from '../errors.ts';
import { topicNameProblem } from '../topic.ts';

/** What configs can be of, by the numbers of the protocol. */
export const RESOURCE = { topic: 2, broker: 4 } as const;

export interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
}

/** The configs of a topic or of a broker that can be changed. */
export interface ConfigTarget {
  readonly configs: ConfigMap;
  definition(name: string): ConfigDefinition;
  /** Throws when the value does not fit. */
  check(definition: ConfigDefinition, value: string): void;
}

/** What a resource was answered. */
export interface ResourceAnswer extends Resource {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** Answers each resource, with the error that its change threw if it did. */
export function changeEach<R extends Resource>(
  resources: readonly R[],
  change: (resource: R) => void,
): ResourceAnswer[] {
  const keys = resources.map(({ resourceType, resourceName }) => `${resourceType} ${resourceName}`);
  return resources.map((resource, i) => {
    const { resourceType, resourceName } = resource;
    const named = { resourceType, resourceName };
    try {
      if (keys.indexOf(keys[i] ?? '') !== keys.lastIndexOf(keys[i] ?? '')) {
        throw new Refusal('INVALID_REQUEST', 'Each resource must appear at most once.');
      }
      change(resource);
      return { ...named, errorCode: ERROR.NONE, errorMessage: null };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { ...named, errorCode: error.code, errorMessage: error.text };
    }
  });
}

/** Throws INVALID_REQUEST when a name comes twice. */
export function checkDistinct(configs: readonly { readonly name: string }[]): void {
  if (new Set(configs.map(({ name }) => name)).size < configs.length) {
    throw new Refusal('INVALID_REQUEST', 'Error due to duplicate config keys');
  }
}

/** Throws INVALID_REQUEST for null. */
export function givenValue(name: string, value: string | null): string {
  if (value !== null) return value;
  throw new Refusal('INVALID_REQUEST', `Null value not supported for : ${name}`);
}

/** Where the configs of a resource are. Throws when there is no such resource, or its configs cannot be changed here. */
export function configTarget(resource: Resource, context: RequestContext): ConfigTarget {
  const { resourceType, resourceName } = resource;
  if (resourceType === RESOURCE.topic) return topicTarget(resourceName, context);
  if (resourceType === RESOURCE.broker) return brokerTarget(resourceName, context);
  throw new Refusal('INVALID_REQUEST', `Unknown resource type ${resourceType}`);
}

function topicTarget(name: string, { cluster }: RequestContext): ConfigTarget {
  const problem = topicNameProblem(name);
  if (problem !== null) throw new Refusal('INVALID_TOPIC_EXCEPTION', problem);
  const topic = cluster.topics.get(name);
  if (topic === undefined) {
    throw new Refusal('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`);
  }
  return {
    configs: topic.configs,
    definition(config) {
      const definition = topicDefinition(config);
      if (definition !== undefined) return definition;
      throw new Refusal('INVALID_CONFIG', `Unknown topic config name: ${config}`);
    },
    check(definition, value) {
      const wrong = problemOf(definition, value);
      if (wrong !== null) throw new Refusal('INVALID_CONFIG', wrong);
    },
  };
}

function brokerTarget(name: string, { cluster, node }: RequestContext): ConfigTarget {
  if (name !== '' && !/^-?\d+$/.test(name)) {
    throw new Refusal('INVALID_REQUEST', `Node id must be an integer, but it is: ${name}`);
  }
  if (name !== '' && Number(name) !== node.id) {
    const text = `Unexpected broker id, expected ${node.id}, but received ${name}`;
    throw new Refusal('INVALID_REQUEST', text);
  }
  return {
    configs: cluster.configs.ofBroker(name),
    definition(config) {
      const definition = brokerDefinition(config);
      if (definition !== undefined && !definition.isReadOnly) return definition;
      const text = `Cannot update these configs dynamically: Set(${config})`;
      throw new Refusal('INVALID_REQUEST', text);
    },
    check(definition, value) {
      const wrong = problemOf(definition, value);
      if (wrong !== null) throw new Refusal('INVALID_REQUEST', wrong);
    },
  };
}

import type { Api, RequestContext } from '../api.ts';
import { topicDefinition } from '../configs/configs.ts';
import { type ConfigDefinition, elementsOf } from '../configs/definition.ts';
import { Refusal } from '../errors.ts';
import type { Decoded } from '../wire/schema.ts';
import {
  type ConfigTarget,
  changeEach,
  checkDistinct,
  configTarget,
  givenValue,
} from './config-changes.ts';

const request = {
  resources: [
    {
      resourceType: 'int8',
      resourceName: 'string',
      configs: [{ name: 'string', configOperation: 'int8', value: 'string? = null' }],
    },
  ],
  validateOnly: 'boolean = false',
} as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  responses: [
    {
      errorCode: 'int16 = 0',
      errorMessage: 'string? = null',
      resourceType: 'int8',
      resourceName: 'string',
    },
  ],
} as const;

export const incrementalAlterConfigs: Api<typeof request, typeof response> = {
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: [0, 1],
  flexibleFrom: 1,
  request,
  response,
  handle: ({ resources, validateOnly }, context) => ({
    responses: changeEach(resources, (resource) => {
      const target = configTarget(resource, context);
      checkDistinct(resource.configs);
      const changed = resource.configs.map((change) => {
        return { name: change.name, value: changedValue(change, target, context) };
      });
      if (validateOnly) return;
      for (const { name, value } of changed) {
        if (value === null) target.configs.delete(name);
        else target.configs.set(name, value);
      }
    }),
  }),
  refuse: ({ resources }, { code, text }) => ({
    responses: resources.map(({ resourceType, resourceName }) => ({
      resourceType,
      resourceName,
      errorCode: code,
      errorMessage: text,
    })),
  }),
};

const OPERATION = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

type Change = Decoded<typeof request>['resources'][number]['configs'][number];

/** null goes back to the default. */
function changedValue(
  change: Change,
  target: ConfigTarget,
  context: RequestContext,
): string | null {
  const { name, configOperation } = change;
  if (configOperation === OPERATION.delete) return null;
  const value = givenValue(name, change.value);
  const definition = target.definition(name);
  const changed = appliedTo(change, definition, value, () => {
    return target.configs.get(name) ?? defaultOf(definition, context);
  });
  target.check(definition, changed);
  return changed;
}

function appliedTo(
  { name, configOperation }: Change,
  { type }: ConfigDefinition,
  value: string,
  current: () => string,
): string {
  if (configOperation === OPERATION.set) return value;
  const isAppend = configOperation === OPERATION.append;
  if (!isAppend && configOperation !== OPERATION.subtract) {
    throw new Refusal('UNKNOWN_SERVER_ERROR');
  }
  if (type !== 'list') {
    const verb = isAppend ? 'APPEND' : 'SUBTRACT';
    const text = `Can't ${verb} to key ${name} because its type is not LIST.`;
    throw new Refusal('INVALID_CONFIG', text);
  }
  const old = elementsOf(current());
  const given = elementsOf(value);
  const kept = old.filter((element) => isAppend || !given.includes(element));
  const added = isAppend ? given.filter((element) => !old.includes(element)) : [];
  return [...kept, ...added].join(',');
}

const defaultOf = (definition: ConfigDefinition, { cluster }: RequestContext): string =>
  topicDefinition(definition.name) === undefined
    ? cluster.configs.text(definition.name)
    : cluster.configs.topicText(new Map(), definition.name);

import type { Api } from '../api.ts';
import { changeEach, checkDistinct, configTarget, givenValue } from './config-changes.ts';

const request = {
  resources: [
    {
      resourceType: 'int8',
      resourceName: 'string',
      configs: [{ name: 'string', value: 'string?' }],
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

export const alterConfigs: Api<typeof request, typeof response> = {
  key: 33,
  name: 'AlterConfigs',
  versions: [0, 2],
  flexibleFrom: 2,
  request,
  response,
  handle: ({ resources, validateOnly }, context) => ({
    responses: changeEach(resources, (resource) => {
      const target = configTarget(resource, context);
      checkDistinct(resource.configs);
      for (const { name, value } of resource.configs) {
        const given = givenValue(name, value);
        target.check(target.definition(name), given);
      }
      if (validateOnly) return;
      // What is not named goes back to its default: why IncrementalAlterConfigs came.
      target.configs.clear();
      for (const { name, value } of resource.configs) {
        target.configs.set(name, givenValue(name, value));
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

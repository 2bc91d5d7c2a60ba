import type { Api } from '../api.ts';
import { codeOf } from './partition-here.ts';

const request = { groupsNames: ['string'] } as const;

const response = {
  throttleTimeMs: 'int32 = 0',
  results: [{ groupId: 'string', errorCode: 'int16 = 0' }],
} as const;

export const deleteGroups: Api<typeof request, typeof response> = {
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  flexibleFrom: 2,
  request,
  response,
  handle: ({ groupsNames }, { cluster, node }) => ({
    results: [...new Set(groupsNames)].map((groupId) => {
      try {
        cluster.groups.delete(node.id, groupId);
        return { groupId };
      } catch (error) {
        return { groupId, errorCode: codeOf(error) };
      }
    }),
  }),
  refuse: ({ groupsNames }, { code }) => ({
    results: groupsNames.map((groupId) => ({ groupId, errorCode: code })),
  }),
};

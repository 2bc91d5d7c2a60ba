import type { Api } from '../api.ts';

const request = { statesFilter: ['string 4+ = []'], typesFilter: ['string 5+ = []'] } as const;

const response = {
  throttleTimeMs: 'int32 1+ = 0',
  errorCode: 'int16 = 0',
  groups: [
    {
      groupId: 'string',
      protocolType: 'string',
      groupState: 'string 4+ = ""',
      groupType: 'string 5+ = ""',
    },
  ],
} as const;

/** The only type of group that is spoken (KIP-848 has others). */
const GROUP_TYPE = 'classic';

export const listGroups: Api<typeof request, typeof response> = {
  key: 16,
  name: 'ListGroups',
  versions: [0, 5],
  flexibleFrom: 3,
  request,
  response,
  handle({ statesFilter, typesFilter }, { cluster, node }) {
    const states = statesFilter.map((state) => state.trim().toLowerCase());
    const types = typesFilter.map((type) => type.toLowerCase());
    if (types.length > 0 && !types.includes(GROUP_TYPE)) return { groups: [] };
    const groups = cluster.groups
      .of(node.id)
      .filter(({ state }) => states.length === 0 || states.includes(state.toLowerCase()))
      .map(({ id, protocolType, state }) => ({
        groupId: id,
        protocolType: protocolType ?? '',
        groupState: state,
        groupType: GROUP_TYPE,
      }));
    return { groups };
  },
  refuse: (_, { code }) => ({ errorCode: code, groups: [] }),
};

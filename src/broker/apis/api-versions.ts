import type { AnyApi, Api } from '../api.ts';
import { ERROR, Refusal } from '../errors.ts';
import type { Decoded } from '../wire/schema.ts';

const request = {
  clientSoftwareName: 'string 3+ = ""',
  clientSoftwareVersion: 'string 3+ = ""',
} as const;

const response = {
  errorCode: 'int16 = 0',
  apiKeys: [{ apiKey: 'int16', minVersion: 'int16', maxVersion: 'int16' }],
  throttleTimeMs: 'int32 1+ = 0',
  supportedFeatures: [{ $: '3+ tag 0', name: 'string', minVersion: 'int16', maxVersion: 'int16' }],
  finalizedFeaturesEpoch: 'int64 3+ tag 1 = -1',
  finalizedFeatures: [
    { $: '3+ tag 2', name: 'string', maxVersionLevel: 'int16', minVersionLevel: 'int16' },
  ],
  zkMigrationReady: 'boolean 3+ tag 3 = false',
} as const;

export const apiVersions: Api<typeof request, typeof response> = {
  key: 18,
  name: 'ApiVersions',
  versions: [0, 4],
  flexibleFrom: 3,
  request,
  response,
  handle({ clientSoftwareName, clientSoftwareVersion }, { version, apis }) {
    const isNamed = SOFTWARE.test(clientSoftwareName) && SOFTWARE.test(clientSoftwareVersion);
    if (version >= 3 && !isNamed) throw new Refusal('INVALID_REQUEST');
    return { apiKeys: versionsOf(apis), ...FEATURES };
  },
  refuse: (_, { code }) => ({
    errorCode: code,
    // Enough for the client to ask again in a version that is spoken (KIP-511).
    apiKeys: code === ERROR.UNSUPPORTED_VERSION ? versionsOf([apiVersions]) : [],
  }),
};

/** Java's producers have an epoch for each transaction where they are told so (KIP-890). */
const FEATURES = {
  supportedFeatures: [{ name: 'transaction.version', minVersion: 0, maxVersion: 2 }],
  finalizedFeaturesEpoch: 0n,
  finalizedFeatures: [{ name: 'transaction.version', minVersionLevel: 2, maxVersionLevel: 2 }],
};

const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

const versionsOf = (apis: readonly AnyApi[]): Spoken[] =>
  apis.map(({ key, versions: [lowest, highest], toldFrom = lowest }) => ({
    apiKey: key,
    minVersion: toldFrom,
    maxVersion: highest,
  }));
type Spoken = Decoded<typeof response>['apiKeys'][number];

import type { Api } from '../api.ts';
import { Refusal } from '../errors.ts';
import { MECHANISMS } from '../security/credentials.ts';

const request = { mechanism: 'string' } as const;

const response = { errorCode: 'int16 = 0', mechanisms: ['string'] } as const;

/** In version 0 the messages of the login would follow without a header; here they come as SaslAuthenticate too. */
export const saslHandshake: Api<typeof request, typeof response> = {
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  flexibleFrom: Number.POSITIVE_INFINITY,
  request,
  response,
  handle({ mechanism }, { connection }) {
    const { sasl } = connection;
    if (sasl === null) throw new Refusal('ILLEGAL_SASL_STATE');
    sasl.choose(mechanism);
    return { mechanisms: sasl.mechanisms };
  },
  refuse: (_, { code }) => ({ errorCode: code, mechanisms: MECHANISMS }),
};

import type { Api } from '../api.ts';
import { Refusal } from '../errors.ts';

const request = { authBytes: 'bytes' } as const;

const response = {
  errorCode: 'int16 = 0',
  errorMessage: 'string? = null',
  authBytes: 'bytes',
  sessionLifetimeMs: 'int64 1+ = 0',
} as const;

export const saslAuthenticate: Api<typeof request, typeof response> = {
  key: 36,
  name: 'SaslAuthenticate',
  versions: [0, 2],
  flexibleFrom: 2,
  request,
  response,
  handle({ authBytes }, { connection }) {
    const { sasl } = connection;
    if (sasl === null) throw new Refusal('ILLEGAL_SASL_STATE');
    try {
      const answer = sasl.authenticate(authBytes);
      return { authBytes: answer, sessionLifetimeMs: BigInt(sasl.lifetimeMs) };
    } catch (error) {
      connection.closeAfterAnswer();
      throw error;
    }
  },
  refuse: (_, { code, text }) => ({
    errorCode: code,
    errorMessage: text,
    authBytes: Buffer.alloc(0),
  }),
};

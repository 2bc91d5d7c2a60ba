// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
/** The field table, `kafka`: the cluster and how to reach it. */
import type { Fields } from './field.ts';

export const kafkaFields: Fields = {
  brokers: {
    type: 'list',
    of: { type: 'broker' },
    min: 1,
    commas: true,
    default: '${KAFKA_BROKERS:-localhost:9092}',
    doc: 'Brokers to begin with, as a list or a comma-separated text of host:port; an IPv6 address in brackets, "[::1]:9092".',
  },
  clientId: {
    type: 'text',
    max: 255,
    default: 'millrace',
    doc: 'How this client is called in the logs, metrics and quotas of the brokers. Used exactly as written.',
  },
  tls: {
    type: 'map',
    toggle: true,
    default: false,
    doc: 'true for TLS with the authorities that Node knows; or a map.',
    fields: {
      caFile: {
        type: 'file',
        doc: 'Authorities to trust, in PEM.',
      },
      certFile: {
        type: 'file',
        doc: 'Certificate of this client, in PEM; needs keyFile.',
      },
      keyFile: {
        type: 'file',
        doc: 'Private key of this client, in PEM; needs certFile.',
      },
      passphrase: {
        type: 'text',
        max: 4_096,
        secret: true,
        doc: 'Passphrase of keyFile.',
      },
      servername: {
        type: 'text',
        max: 255,
        doc: 'Name that the certificate of the broker must have, where it is not the host of its address.',
      },
      rejectUnauthorized: {
        type: 'boolean',
        default: true,
        doc: 'false accepts any certificate, so anybody can pose as the broker; there is a warning.',
      },
    },
  },
  sasl: {
    type: 'map',
    default: null,
    doc: 'How to log in; none by default.',
    fields: {
      mechanism: {
        type: 'choice',
        values: ['plain', 'scram-sha-256', 'scram-sha-512'],
        required: true,
        doc: 'plain sends the password itself: use it with TLS.',
      },
      username: {
        type: 'text',
        max: 4_096,
        required: true,
        doc: 'User to log in as.',
      },
      password: {
        type: 'text',
        max: 65_536,
        secret: true,
        required: true,
        doc: 'Best from a file or a variable: ${file:/run/secrets/kafka}.',
      },
    },
  },
  connectTimeout: {
    type: 'duration',
    min: '100ms',
    max: '10m',
    default: '10s',
    as: 'connectTimeoutMs',
    doc: 'The start gives up when no broker has answered for so long.',
  },
};

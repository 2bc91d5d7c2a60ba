// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
/** The field table, `pipelines.<id>.source`: what is read, as which group, and how it is fetched. */
import type { Fields } from './field.ts';

export const sourceFields: Fields = {
  topics: {
    type: 'topics',
    required: true,
    doc:
      'Names, as a list or a comma-separated text; or one /regex/, which is matched anywhere in a name unless it has ' +
      '^ and $. A pattern that could run for long on some topic name is refused: repeats inside repeats, back ' +
      'references, too many repeats without a ^.',
  },
  groupId: {
    type: 'text',
    max: 255,
    required: true,
    doc: 'Consumer group. Used exactly as written.',
  },
  instanceId: {
    type: 'instanceId',
    default: '',
    doc:
      'Static membership: the same for each start of this process, and no other process of the group has it, such as ' +
      '"${HOSTNAME}" in a StatefulSet. A stop then leaves the partitions with it, and a restart within sessionTimeout ' +
      'takes them up again without a rebalance. Empty for none.',
  },
  partitions: {
    type: 'entries',
    keys: 'topic',
    of: { type: 'list', min: 1, unique: true, of: { type: 'integer', min: 0, max: 1_000_000 } },
    default: {},
    doc:
      'Topic to partitions, such as { orders: [0, 1] }: fixed partitions instead of membership in the group. Offsets ' +
      'are committed to groupId all the same.',
  },
  autoOffsetReset: {
    type: 'choice',
    values: ['earliest', 'latest', 'none'],
    meant: { beginning: 'earliest', smallest: 'earliest', end: 'latest', largest: 'latest' },
    default: 'earliest',
    doc: 'Where a partition without a committed offset begins; none stops that partition, loudly.',
  },
  onOffsetLost: {
    type: 'choice',
    values: ['stop', 'earliest', 'latest'],
    default: 'stop',
    doc: 'When the committed offset is no longer in the log: stop that partition, or go on at one of its ends.',
  },
  isolationLevel: {
    type: 'choice',
    values: ['readCommitted', 'readUncommitted'],
    default: 'readCommitted',
    doc: 'Whether records of open and aborted transactions are left out.',
  },
  discoveryInterval: {
    type: 'duration',
    min: '1s',
    max: '1d',
    default: '30s',
    as: 'discoveryIntervalMs',
    doc: 'How often new partitions, and new topics that match the pattern, are looked for.',
  },
  sessionTimeout: {
    type: 'duration',
    min: '1s',
    max: '30m',
    default: '30s',
    as: 'sessionTimeoutMs',
    doc: 'A member that is silent for so long is taken for dead. Brokers accept 6s to 30m unless they are set otherwise.',
  },
  heartbeatInterval: {
    type: 'duration',
    min: '100ms',
    max: '10m',
    default: '2s',
    as: 'heartbeatIntervalMs',
    doc: 'Below a third of sessionTimeout.',
  },
  rebalanceTimeout: {
    type: 'duration',
    min: '1s',
    max: '1h',
    default: '60s',
    as: 'rebalanceTimeoutMs',
    doc: 'How long a rebalance waits for its members.',
  },
  fetch: {
    type: 'map',
    default: {},
    doc: 'How much is asked for at once.',
    fields: {
      maxBytes: {
        type: 'size',
        min: '1KiB',
        max: '1GiB',
        default: '16MiB',
        doc: 'Of one answer of a broker. One record larger than this is delivered all the same.',
      },
      maxPartitionBytes: {
        type: 'size',
        min: '1KiB',
        max: '1GiB',
        default: '1MiB',
        doc: 'Of one partition in an answer.',
      },
      maxWait: {
        type: 'duration',
        min: '0ms',
        max: '1m',
        default: '100ms',
        as: 'maxWaitMs',
        doc: 'How long a broker may wait for minBytes. Shorter is chosen by itself while a partition is held back.',
      },
      minBytes: {
        type: 'size',
        min: '1B',
        max: '16MiB',
        default: 1,
        doc: 'A broker answers as soon as it has so much; a plain number is bytes.',
      },
    },
  },
};

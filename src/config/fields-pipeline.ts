/** The field table, `pipelines.<id>`: from a source to a handler, and what happens with the result. */
import type { Fields, Shape } from './field.ts';
import { sourceFields } from './fields-source.ts';
import { workersFields } from './fields-workers.ts';

const encoding: Shape = { type: 'choice', values: ['bytes', 'string', 'json'] };

export const pipelineFields: Fields = {
  enabled: {
    type: 'boolean',
    default: true,
    doc: 'false leaves the pipeline out; its keys are checked all the same.',
  },
  source: {
    type: 'map',
    fields: sourceFields,
    default: {},
    doc: 'What is read, and as which group.',
  },
  deserialize: {
    type: 'map',
    default: {},
    doc: 'How bytes become what the handler sees. A record that cannot be read is not retried.',
    fields: {
      key: { ...encoding, default: 'string', doc: 'Form of the key.' },
      value: { ...encoding, default: 'json', doc: 'Form of the value.' },
    },
  },
  handler: {
    type: 'handler',
    required: true,
    doc:
      'Module that handles the records: ./file.ts for its default export, ./file.ts#name for another. It lies in ' +
      'the folder of the file that states it, or below.',
  },
  options: {
    type: 'data',
    default: {},
    doc: "Free data for the handler's setup; its `options` schema checks it.",
  },
  ordering: {
    type: 'choice',
    values: ['key', 'partition', 'none'],
    default: 'key',
    doc: 'Records with equal keys, or of one partition, are handled one after the other in the order of their offsets; or freely.',
  },
  concurrency: {
    type: 'integer',
    min: 1,
    max: 1_000_000,
    auto: true,
    default: 'auto',
    doc: 'Records that are handled at the same time in this process. auto is threads x concurrencyPerThread, the most.',
  },
  buffer: {
    type: 'map',
    default: {},
    doc: 'What is fetched and not yet settled, per pipeline. Past either limit, partitions are paused.',
    fields: {
      maxRecords: {
        type: 'integer',
        min: 1,
        max: 10_000_000,
        default: 50_000,
        doc: 'Records.',
      },
      maxBytes: {
        type: 'size',
        min: '1KiB',
        max: '64GiB',
        default: '64MiB',
        doc: 'Bytes; at least source.fetch.maxPartitionBytes.',
      },
    },
  },
  maxUncommitted: {
    type: 'integer',
    min: 1,
    max: 10_000_000,
    default: 10_000,
    doc:
      'Records of one partition that were handed to threads above the committed offset, so the most that are handled ' +
      'twice after a crash. Half of it used triggers a commit.',
  },
  timeout: {
    type: 'duration',
    min: '10ms',
    max: '1d',
    default: '30s',
    as: 'timeoutMs',
    doc: 'For one attempt; then the signal of the handler aborts, and a thread that does not give in is replaced.',
  },
  retry: {
    type: 'map',
    default: {},
    doc: 'What happens when the handler throws.',
    fields: {
      maxAttempts: {
        type: 'integer',
        min: 0,
        max: 1_000_000,
        default: 5,
        doc: 'Attempts in all, the first one counted; 0 is no limit.',
      },
      backoff: {
        type: 'map',
        default: {},
        doc: 'The wait before the next attempt. It holds up the records behind in the same order only.',
        fields: {
          type: {
            type: 'choice',
            values: ['exponential', 'fixed'],
            default: 'exponential',
            doc: 'fixed always waits `initial`.',
          },
          initial: {
            type: 'duration',
            min: '0ms',
            max: '1d',
            default: '200ms',
            as: 'initialMs',
            doc: 'Wait before the second attempt.',
          },
          max: {
            type: 'duration',
            min: '0ms',
            max: '1d',
            default: '30s',
            as: 'maxMs',
            doc: 'The longest wait.',
          },
          factor: {
            type: 'number',
            min: 1,
            max: 100,
            default: 2,
            doc: 'Each wait is so many times the one before.',
          },
          jitter: {
            type: 'number',
            min: 0,
            max: 1,
            default: 0.2,
            doc: 'Share of the wait that is drawn at random around it.',
          },
        },
      },
      notOn: {
        type: 'list',
        of: { type: 'text', max: 200 },
        default: [],
        doc: 'Names or codes of errors that skip the attempts that remain.',
      },
    },
  },
  onFailure: {
    type: 'choice',
    values: ['halt', 'drop'],
    meant: { stop: 'halt', skip: 'drop', ignore: 'drop' },
    default: 'halt',
    doc: 'After the last attempt: halt stops the records of that order, loudly, and loses nothing; drop acknowledges and counts.',
  },
  sink: {
    type: 'map',
    default: null,
    doc: 'Where the returned value goes, under the key of the source record; none by default.',
    fields: {
      topic: {
        type: 'topic',
        required: true,
        doc: 'Topic to write to; not one that this pipeline reads.',
      },
      serialize: { ...encoding, default: 'json', doc: 'How the returned value becomes bytes.' },
      acks: {
        type: 'choice',
        values: ['all', 'leader'],
        meant: { '-1': 'all', '1': 'leader' },
        default: 'all',
        doc: 'Which brokers must have a result before the source record counts as acknowledged.',
      },
      compression: {
        type: 'choice',
        values: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
        default: 'none',
        doc: 'Compression of what is written.',
      },
      partitioner: {
        type: 'choice',
        values: ['murmur2'],
        default: 'murmur2',
        doc: "Partition by key as Kafka's own clients do.",
      },
    },
  },
  commit: {
    type: 'map',
    default: {},
    doc: 'When offsets are committed. Only what is settled is ever committed.',
    fields: {
      mode: {
        type: 'choice',
        values: ['interval', 'batch'],
        default: 'interval',
        doc: 'interval: at most so late; batch: after each fetched batch, before the next is admitted.',
      },
      interval: {
        type: 'duration',
        min: '10ms',
        max: '10m',
        default: '1s',
        as: 'intervalMs',
        doc: 'The longest that a settled record waits for its commit.',
      },
    },
  },
  rebalance: {
    type: 'map',
    default: {},
    doc: 'What happens when partitions move to another member.',
    fields: {
      drainTimeout: {
        type: 'duration',
        min: '0ms',
        max: '1h',
        default: '10s',
        as: 'drainTimeoutMs',
        doc:
          'How long running records of a partition that moves may take to finish. Below source.rebalanceTimeout and ' +
          'shutdown.timeout; 0ms waits for none, and they are handled again.',
      },
    },
  },
  stuckAfter: {
    type: 'duration',
    min: '1s',
    max: '1d',
    auto: true,
    default: 'auto',
    as: 'stuckAfterMs',
    doc: 'With lag and without progress for so long, the process fails its liveness. auto is the larger of 60s and 2 x timeout.',
  },
  workers: {
    type: 'map',
    fields: workersFields,
    default: null,
    doc: 'A pool of its own for this pipeline; the shared one by default.',
  },
};

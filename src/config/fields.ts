/**
 * The field table: every key of the configuration with its type, default, range, unit and meaning. Reading, defaults,
 * the JSON Schema and the reference come from it, so a new key is one entry here. A key is in the table when it
 * works.
 */
import type { Fields } from './field.ts';
import { kafkaFields } from './fields-kafka.ts';
import { pipelineFields } from './fields-pipeline.ts';
import { workersFields } from './fields-workers.ts';

export const fields: Fields = {
  version: {
    type: 'constant',
    value: 1,
    default: 1,
    doc: 'Version of this format.',
  },
  include: {
    type: 'list',
    of: { type: 'text', max: 1_000 },
    default: [],
    doc:
      'Further files, from the folder of this file: a path, or a pattern with * in the file name and **/ for any ' +
      'folders. Each holds `pipelines:` only. An id that is defined twice is an error; a pattern that finds nothing ' +
      'is none.',
  },
  kafka: {
    type: 'map',
    fields: kafkaFields,
    default: {},
    doc: 'The cluster and how to reach it.',
  },
  http: {
    type: 'map',
    toggle: true,
    default: {},
    doc: 'Health, metrics and status over HTTP; false for none.',
    fields: {
      host: {
        type: 'text',
        max: 255,
        default: '127.0.0.1',
        doc: 'Address to listen on; 0.0.0.0 for all, as probes in a container need it.',
      },
      port: {
        type: 'integer',
        min: 0,
        max: 65_535,
        auto: true,
        default: 'auto',
        doc:
          'auto is 8080, or a free port, which is logged, when 8080 is taken; 0 is any free port. A given port that ' +
          'is taken ends the start.',
      },
      metrics: {
        type: 'boolean',
        default: true,
        doc: 'Whether /metrics answers.',
      },
    },
  },
  logging: {
    type: 'map',
    default: {},
    doc: 'What is logged, and how.',
    fields: {
      level: {
        type: 'choice',
        values: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
        meant: { warning: 'warn', off: 'silent', none: 'silent' },
        default: 'info',
        doc: 'The least severe level that is logged.',
      },
      format: {
        type: 'choice',
        values: ['auto', 'pretty', 'json'],
        default: 'auto',
        doc: 'auto is pretty on a terminal and JSON otherwise.',
      },
      redact: {
        type: 'list',
        of: { type: 'text', max: 200 },
        default: [],
        doc: 'Paths of log fields to mask, in the notation of pino. Secrets of this file are masked anyway.',
      },
    },
  },
  shutdown: {
    type: 'map',
    default: {},
    doc: 'How the process stops.',
    fields: {
      timeout: {
        type: 'duration',
        min: '1s',
        max: '1h',
        default: '25s',
        as: 'timeoutMs',
        doc: 'From the signal to the end of the process. Keep it below terminationGracePeriodSeconds (30 s in Kubernetes).',
      },
    },
  },
  workers: {
    type: 'map',
    fields: workersFields,
    default: {},
    doc: 'The pool of worker threads that all pipelines share but those with `workers` of their own.',
  },
  defaults: {
    type: 'map',
    fields: pipelineFields,
    partial: true,
    default: {},
    doc: 'Any keys of a pipeline; they are laid under every pipeline, map by map.',
  },
  pipelines: {
    type: 'entries',
    keys: 'pipeline id',
    of: { type: 'map', fields: pipelineFields },
    required: true,
    doc: 'Pipelines by id: 1 to 64 letters, digits, hyphens and underscores. The id is metric label, log field and part of URLs.',
  },
};

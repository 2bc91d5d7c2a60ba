// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { pipelineSchema, schemaText } from '../../src/config/schema.ts';

const config = join(import.meta.dirname, '../../../config');

test('config/pipeline.schema.json is what the field table says', () => {
  assert.equal(
    readFileSync(join(config, 'pipeline.schema.json'), 'utf8'),
    schemaText(),
    'it has drifted; write it anew with schemaText()',
  );
});

test('config/pipeline.yaml is valid under the schema', () => {
  const reference = readFileSync(join(config, 'pipeline.yaml'), 'utf8');
  assert.deepEqual(faults(parse(reference)), []);
});

test('the schema takes what users write', () => {
  const pipelines = (pipeline: string): string => `pipelines: { orders: ${pipeline} }`;
  const texts = [
    'kafka: { brokers: [a:1, b:2], tls: true }',
    'kafka: { brokers: "a:1,b:2", tls: { caFile: ./ca.pem }, sasl: { mechanism: "${M}" } }',
    'http: false',
    'http:',
    'workers: { threads: 4, maxHeap: 512MiB, concurrencyPerThread: "${N:-8}" }',
    pipelines(
      '{ source: { topics: /orders-.*/, fetch: { minBytes: 1KiB } }, handler: ./a/b.mts#x, sink: null }',
    ),
    pipelines(
      '{ source: { topics: [a, b], partitions: { a: [0, 1] } }, stuckAfter: auto, timeout: 5s }',
    ),
    pipelines('{ options: { any: [thing, { at: all }] }, retry: { backoff: { factor: 1.5 } } }'),
    'defaults: { timeout: 5s }',
  ];
  for (const text of texts) assert.deepEqual(faults(parse(text)), [], text);
});

test('the schema refuses what the check refuses', () => {
  const pipelines = (pipeline: string): string => `pipelines: { orders: ${pipeline} }`;
  const texts = [
    'x: 1',
    'version: 2',
    'kafka: { brokers: [a] }',
    'kafka: { sasl: { mechanism: gssapi } }',
    'http: { port: 70000 }',
    'workers: { threads: 0 }',
    'workers: { threads: many }',
    'defaults: { timeout: 5 }',
    'pipelines: { a.b: {} }',
    pipelines('{ timeout: 5 s }'),
    pipelines('{ concurency: 8 }'),
    pipelines('{ source: { topics: [a b] } }'),
    pipelines('{ source: { topics: [] } }'),
    pipelines('{ source: { partitions: { a: [-1] } } }'),
    pipelines('{ source: { partitions: { a: [0, 0] } } }'),
    pipelines('{ handler: ../x.ts }'),
    pipelines('{ retry: { backoff: { jitter: 2 } } }'),
    pipelines('{ options: 5 }'),
  ];
  for (const text of texts) assert.notDeepEqual(faults(parse(text)), [], text);
});

type Schema = Readonly<Record<string, unknown>>;

/** Faults of a value under the schema, by path: the few words of JSON Schema that it uses, each as its specification says. */
function faults(value: unknown, schema: Schema = pipelineSchema(), path = ''): string[] {
  const found: string[] = [];
  for (const [word, rule] of Object.entries(schema)) {
    if (!holds(word, rule, value, schema, path, found)) found.push(`${path}: ${word}`);
  }
  return found;
}

function holds(
  word: string,
  rule: unknown,
  value: unknown,
  schema: Schema,
  path: string,
  found: string[],
): boolean {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  switch (word) {
    case '$schema':
    case 'title':
    case 'description':
    case 'default':
    case '$defs':
      return true;
    case '$ref':
      return faults(value, definition(String(rule)), path).length === 0;
    case 'type':
      return [rule].flat().some((type) => typeOf(value).includes(String(type)));
    case 'const':
      return value === rule;
    case 'enum':
      return Array.isArray(rule) && rule.includes(value);
    case 'pattern':
      return typeof value !== 'string' || new RegExp(String(rule), 'u').test(value);
    case 'minLength':
      return typeof value !== 'string' || value.length >= Number(rule);
    case 'minimum':
      return typeof value !== 'number' || value >= Number(rule);
    case 'maximum':
      return typeof value !== 'number' || value <= Number(rule);
    case 'minItems':
      return !Array.isArray(value) || value.length >= Number(rule);
    case 'uniqueItems':
      return rule !== true || !Array.isArray(value) || new Set(value).size === value.length;
    case 'items':
      return (
        !Array.isArray(value) || value.every((item) => faults(item, asSchema(rule)).length === 0)
      );
    case 'anyOf':
      return Array.isArray(rule) && rule.some((one) => faults(value, asSchema(one)).length === 0);
    case 'propertyNames':
      return !isMap || Object.keys(value).every((key) => faults(key, asSchema(rule)).length === 0);
    case 'properties':
      for (const [key, inner] of Object.entries(asSchema(rule))) {
        if (isMap && key in value)
          found.push(...faults(Reflect.get(value, key), asSchema(inner), `${path}.${key}`));
      }
      return true;
    case 'additionalProperties': {
      const named = Object.keys(asSchema(schema['properties'] ?? {}));
      const others = isMap ? Object.entries(value).filter(([key]) => !named.includes(key)) : [];
      return rule === false
        ? others.length === 0
        : others.every(([, inner]) => faults(inner, asSchema(rule)).length === 0);
    }
    default:
      throw new Error(`the schema uses ${word}, which this test doesn't know`);
  }
}

function definition(reference: string): Schema {
  const name = reference.replace('#/$defs/', '');
  return asSchema(asSchema(pipelineSchema()['$defs'])[name]);
}

function asSchema(value: unknown): Schema {
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value));
  return { ...value };
}

function typeOf(value: unknown): string[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  return Number.isInteger(value) ? ['integer', 'number'] : [typeof value];
}

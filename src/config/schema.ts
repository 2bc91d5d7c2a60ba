// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
/**
 * The JSON Schema (2020-12) of a configuration file, made from the field table, for editors. It says what one file may
 * hold: nothing is required, since `defaults`, further files and `--set` can add what is missing, and any value may
 * come from a variable. The rules between keys are not in it.
 */
import { expected } from './describe.ts';
import type { Field, Fields, NumberShape, QuantityShape, Shape } from './field.ts';
import { fields } from './fields.ts';
import { pipelineFields } from './fields-pipeline.ts';
import { HANDLER_EXTENSIONS } from './handler-name.ts';

type Schema = Readonly<Record<string, unknown>>;

export function pipelineSchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Millrace configuration',
    ...mapSchema(fields),
    $defs: {
      pipeline: mapSchema(pipelineFields),
      substituted: {
        description:
          'A value from a variable or a file: ${NAME}, ${NAME:-default}, ${NAME:?message}, ${file:path}.',
        type: 'string',
        pattern: '\\$\\{[^{}]+\\}',
      },
    },
  };
}

/** The text of `config/pipeline.schema.json`. */
export function schemaText(): string {
  return `${JSON.stringify(pipelineSchema(), null, 2)}\n`;
}

const SUBSTITUTED = { $ref: '#/$defs/substituted' };

function mapSchema(table: Fields): Schema {
  const properties = Object.entries(table).map(([name, field]) => [name, fieldSchema(field)]);
  return {
    type: ['object', 'null'],
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

function fieldSchema(field: Field): Schema {
  const required = field.required === true ? ' Required.' : '';
  const { default: fallback } = field;
  return {
    description: `${field.doc}${rangeOf(field)}${required}`,
    ...(fallback === undefined ? {} : { default: fallback }),
    ...shapeSchema(field),
  };
}

/** Limits that a pattern can't state. */
function rangeOf(shape: Shape): string {
  const hasRange = shape.type === 'duration' || shape.type === 'size';
  return hasRange ? ` ${capital(expected(shape))}.` : '';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function shapeSchema(shape: Shape): Schema {
  switch (shape.type) {
    case 'constant':
      return { const: shape.value };
    case 'text':
      return { type: 'string', minLength: 1 };
    case 'boolean':
      return anyOf({ type: 'boolean' });
    case 'choice':
      return anyOf({ enum: shape.values });
    case 'integer':
    case 'number':
      return anyOf({ type: shape.type, minimum: shape.min, maximum: shape.max }, ...auto(shape));
    case 'duration':
      return anyOf({ type: 'string', pattern: '^[0-9]+(ms|s|m|h|d)$' }, ...auto(shape));
    case 'size':
      return anyOf(
        { type: 'string', pattern: '^[0-9]+(B|KiB|MiB|GiB)$' },
        { type: 'integer', minimum: 0 },
        ...auto(shape),
      );
    case 'topic':
      return anyOf(TOPIC);
    case 'instanceId':
      return anyOf({ type: 'string', pattern: '^[a-zA-Z0-9._-]{0,249}$' });
    case 'topics':
      return {
        anyOf: [{ type: 'string' }, { type: 'array', minItems: 1, items: anyOf(TOPIC, PATTERN) }],
      };
    case 'broker':
      return anyOf({ type: 'string', pattern: '^[A-Za-z0-9._-]+:[0-9]{1,5}$' });
    case 'handler':
      return anyOf({ type: 'string', pattern: `^\\./.+\\.(${EXTENSIONS})(#.+)?$` });
    case 'file':
      return { type: 'string', minLength: 1 };
    case 'data':
      return { type: ['object', 'null'] };
    case 'list': {
      const list = {
        type: 'array',
        items: shapeSchema(shape.of),
        minItems: shape.min ?? 0,
        uniqueItems: shape.unique === true,
      };
      return shape.commas === true ? { anyOf: [list, { type: 'string' }] } : list;
    }
    case 'map': {
      const map = shape.fields === pipelineFields ? PIPELINE : mapSchema(shape.fields);
      return shape.toggle === true ? anyOf({ type: 'boolean' }, map) : map;
    }
    case 'entries': {
      const pattern = shape.keys === 'topic' ? TOPIC.pattern : '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$';
      return {
        type: ['object', 'null'],
        propertyNames: { pattern },
        additionalProperties: shapeSchema(shape.of),
      };
    }
  }
}

const TOPIC = { type: 'string', pattern: '^[a-zA-Z0-9._-]{1,249}$' };
const PATTERN = { type: 'string', pattern: '^/.+/i?$' };
const PIPELINE = { $ref: '#/$defs/pipeline' };
const EXTENSIONS = HANDLER_EXTENSIONS.map((extension) => extension.slice(1)).join('|');

function anyOf(...schemas: readonly Schema[]): Schema {
  return { anyOf: [...schemas, SUBSTITUTED] };
}

function auto(shape: NumberShape | QuantityShape): Schema[] {
  return shape.auto === true ? [{ const: 'auto' }] : [];
}

import {
  checkedNull,
  type Kind,
  kindCodec,
  literalOf,
  orNull,
  type Read,
  type Write,
  ZERO,
} from './kinds.ts';
import type { Reader } from './reader.ts';
import type { Decoded, Encoded, Field, Schema } from './schema.ts';
import { readSpec, type Spec } from './spec.ts';
import { readTags, type TaggedField, writeTags } from './tags.ts';
import type { Writer } from './writer.ts';

/** Reads and writes messages of one schema in one version. */
export interface Codec<S> {
  /** Throws MalformedFrame. */
  decode(reader: Reader): Decoded<S>;
  /** Throws TypeError for a null that the version does not allow, RangeError for a number outside its type. */
  encode(writer: Writer, message: Encoded<S>): void;
}

/**
 * The codec of a schema in one version: closures, made when they are first asked for. Flexible versions (KIP-482) have
 * compact lengths, and tagged fields after each struct; tags that the schema does not know are skipped.
 */
export function codecOf<S extends Schema>(
  schema: S,
  version: number,
  isFlexible: boolean,
): Codec<S> {
  const forms = made.get(schema) ?? new Map<number, FieldCodec>();
  made.set(schema, forms);
  const key = version * 2 + (isFlexible ? 1 : 0);
  const codec = forms.get(key) ?? structCodec(schema, { version, isFlexible });
  forms.set(key, codec);
  const { read, write } = codec;
  return { decode: (reader) => read(reader) as Decoded<S>, encode: write };
}
const made = new WeakMap<Schema, Map<number, FieldCodec>>();

interface Form {
  readonly version: number;
  readonly isFlexible: boolean;
}

interface FieldCodec {
  readonly read: Read;
  readonly write: Write;
}

/** A struct: its fields, then the tagged ones. */
function structCodec(schema: Schema, form: Form): FieldCodec {
  const names = Object.keys(schema).filter((name) => name !== '$');
  const fields = names.map((name) => ({ name, ...fieldCodec(schema[name] as Field, form) }));
  const written = fields.filter(({ isCarried }) => isCarried);
  const tagged = fields.flatMap(({ name, tag, read, write, isTagged, otherwise }) =>
    isTagged && tag !== null ? [{ name, tag, read, write, otherwise }] : [],
  );
  return {
    read: (reader) => {
      // All fields in the order of the schema, so that messages of all versions have one shape.
      const message: Record<string, unknown> = {};
      for (const field of fields) {
        message[field.name] = field.isCarried ? field.read(reader) : field.otherwise;
      }
      if (form.isFlexible) readTags(reader, tagged, message);
      return message;
    },
    write: (writer, value) => {
      const message = value as Record<string, unknown>;
      for (const { name, write, otherwise } of written) {
        const given = message[name];
        write(writer, given === undefined ? otherwise : given);
      }
      if (form.isFlexible) writeTags(writer, tagged, message);
    },
  };
}

interface SchemaField extends FieldCodec, Omit<TaggedField, 'name' | 'tag'> {
  readonly tag: number | null;
  /** In its place among the fields of the struct. */
  readonly isCarried: boolean;
  /** After them. */
  readonly isTagged: boolean;
}

function fieldCodec(field: Field, form: Form): SchemaField {
  const spec = readSpec(textOf(field));
  const isThere = form.version >= spec.since && form.version <= spec.until;
  return {
    ...valueCodec(field, spec, form),
    tag: spec.tag,
    isCarried: isThere && spec.tag === null,
    isTagged: isThere && form.isFlexible,
    otherwise: defaultOf(field, spec),
  };
}

const isArray = (field: Field): field is readonly [string] | readonly [Schema] =>
  Array.isArray(field);

/** The text of a field, wherever it stands. */
function textOf(field: Field): string {
  if (typeof field === 'string') return field;
  if (isArray(field)) return textOf(field[0]);
  const text = field['$'];
  return typeof text === 'string' ? text : '';
}

function valueCodec(field: Field, spec: Spec, form: Form): FieldCodec {
  const isNullable = form.version >= spec.nullFrom;
  if (typeof field === 'string') return kindCodec(kindOf(spec), form.isFlexible, isNullable);
  if (!isArray(field)) return nullableStruct(structCodec(field, form), isNullable);
  const [element] = field;
  const one =
    typeof element === 'string'
      ? kindCodec(kindOf(spec), form.isFlexible, false)
      : structCodec(element, form);
  return arrayCodec(one, form.isFlexible, isNullable);
}

function kindOf({ kind }: Spec): Kind {
  if (kind === null) throw new TypeError('A field of a schema has no kind.');
  return kind;
}

function arrayCodec(one: FieldCodec, isCompact: boolean, isNullable: boolean): FieldCodec {
  return {
    read: (reader) => {
      const count = reader.length(isCompact);
      if (count < 0) return orNull(isNullable);
      const elements: unknown[] = [];
      for (let i = 0; i < count; i++) elements.push(one.read(reader));
      return elements;
    },
    write: (writer, value) => {
      if (value === null) return writer.length(checkedNull(isNullable), isCompact);
      const elements = value as readonly unknown[];
      writer.length(elements.length, isCompact);
      for (const element of elements) one.write(writer, element);
    },
  };
}

/** A struct that may be null has a byte in front: -1 is null, 1 is not. */
function nullableStruct(struct: FieldCodec, isNullable: boolean): FieldCodec {
  if (!isNullable) return struct;
  return {
    read: (reader) => (reader.int8() < 0 ? null : struct.read(reader)),
    write: (writer, value) => {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) struct.write(writer, value);
    },
  };
}

/** What a message has that does not carry the field. */
function defaultOf(field: Field, spec: Spec): unknown {
  const isArrayField = isArray(field);
  if (spec.otherwise !== null) {
    return isArrayField ? arrayLiteral(spec.otherwise) : literalOf(kindOf(spec), spec.otherwise);
  }
  if (Number.isFinite(spec.nullFrom)) return null;
  if (isArrayField) return [];
  if (typeof field === 'string') return ZERO[kindOf(spec)];
  const fields = Object.entries(field).filter(([name]) => name !== '$');
  return Object.fromEntries(
    fields.map(([name, inner]) => [name, defaultOf(inner, readSpec(textOf(inner)))]),
  );
}

function arrayLiteral(text: string): readonly [] | null {
  if (text === 'null') return null;
  if (text === '[]') return [];
  throw new TypeError(`"${text}" is no default of an array.`);
}

import fc from 'fast-check';
import type { Kind } from '../../src/broker/wire/kinds.ts';
import type { Encoded, Field, Schema } from '../../src/broker/wire/schema.ts';
import { readSpec, type Spec } from '../../src/broker/wire/spec.ts';

/** Any message of a schema that a version allows. */
export function messageOf(
  schema: Schema,
  version: number,
  isFlexible: boolean,
): fc.Arbitrary<Encoded<Schema>> {
  const fields = Object.entries(schema).filter(([name]) => name !== '$');
  return fc.record(
    Object.fromEntries(fields.map(([name, field]) => [name, anyOf(field, version, isFlexible)])),
  ) as fc.Arbitrary<Encoded<Schema>>;
}

function anyOf(field: Field, version: number, isFlexible: boolean): fc.Arbitrary<unknown> {
  const spec = readSpec(textOf(field));
  const isThere = version >= spec.since && version <= spec.until;
  // What the version does not carry may be anything, so it is left out.
  if (!isThere || (spec.tag !== null && !isFlexible)) return fc.constant(undefined);
  const value = presentOf(field, spec, version, isFlexible);
  return version >= spec.nullFrom ? fc.option(value, { nil: null }) : value;
}

function presentOf(
  field: Field,
  spec: Spec,
  version: number,
  isFlexible: boolean,
): fc.Arbitrary<unknown> {
  if (typeof field === 'string') return kindOf(spec);
  if (!Array.isArray(field)) return messageOf(field as Schema, version, isFlexible);
  const [element] = field as readonly [string] | readonly [Schema];
  const one = typeof element === 'string' ? kindOf(spec) : messageOf(element, version, isFlexible);
  return fc.array(one, { maxLength: 3 });
}

/** Any number of the type; every other time a small one, as indexes and kinds are. */
const whole = (bits: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: -1, max: 4 }),
    fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }),
  );

const KINDS: Readonly<Record<Kind, fc.Arbitrary<unknown>>> = {
  boolean: fc.boolean(),
  int8: whole(8),
  int16: whole(16),
  uint16: fc.nat(0xffff),
  int32: whole(32),
  uint32: fc.nat(0xffffffff),
  int64: fc.oneof(
    fc.bigInt({ min: -2n, max: 12n }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  ),
  float64: fc.double({ noNaN: true }),
  uuid: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => Buffer.from(bytes).toString('base64url')),
  // Names that a test may have given to something, so that some are found.
  string: fc.oneof(
    fc.constantFrom('orders', 'retention.ms', '1', ''),
    fc.string({ maxLength: 20, unit: 'grapheme' }),
  ),
  bytes: fc.uint8Array({ maxLength: 20 }),
  records: fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 2 }),
};

function kindOf({ kind }: Spec): fc.Arbitrary<unknown> {
  if (kind === null) throw new TypeError('A field has no kind.');
  return KINDS[kind];
}

function textOf(field: Field): string {
  if (typeof field === 'string') return field;
  if (Array.isArray(field)) return textOf((field as readonly [string] | readonly [Schema])[0]);
  const text = (field as Schema)['$'];
  return typeof text === 'string' ? text : '';
}

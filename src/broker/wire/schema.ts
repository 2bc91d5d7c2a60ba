import type { KindInput, KindValue } from './kinds.ts';

/**
 * The schema of a message: a plain object whose keys are the fields in the order of the wire, written `as const`.
 *
 * ```
 * const request = {
 *   transactionalId: 'string?',                       // see spec.ts for the texts
 *   topics: [                                         // an array of structs
 *     { name: 'string 0-12 = ""', partitions: ['int32'] },
 *   ],
 *   currentLeader: { $: '10+ tag 0', id: 'int32' },   // a struct; `$` is the text of the field itself
 * } as const;
 * ```
 *
 * A decoded message always has every field, whatever its version: what the version does not carry has its default.
 */
export interface Schema {
  readonly [field: string]: Field;
}
export type Field = string | Schema | readonly [string] | readonly [Schema];

/** A message as it is decoded. */
export type Decoded<S> = { readonly [F in Fields<S>]: Value<S[F], KindValue, 'decoded'> };

/**
 * A message to be encoded. A field with a default of its own, and a tagged one, may be left out; what the version does not
 * carry is not sent.
 */
export type Encoded<S> = {
  readonly [F in Exclude<Fields<S>, OptionalFields<S>>]: Value<S[F], KindInput, 'encoded'>;
} & {
  readonly [F in OptionalFields<S>]?: Value<S[F], KindInput, 'encoded'> | undefined;
};

type Fields<S> = Exclude<keyof S, '$'>;
type OptionalFields<S> = {
  [F in Fields<S>]: TextOf<S[F]> extends `${string}= ${string}` | `${string}tag ${string}`
    ? F
    : never;
}[Fields<S>];

/** The text of a field, wherever it stands. */
type TextOf<F> = F extends string
  ? F
  : F extends readonly [infer Element]
    ? TextOf<Element>
    : F extends { readonly $: infer Text }
      ? Text
      : '';

type Value<F, Kinds, Side> = F extends string
  ? KindOf<F, Kinds> | NullOf<F>
  : F extends readonly [infer Element]
    ? readonly ElementOf<Element, Kinds, Side>[] | NullOf<TextOf<Element>>
    : Struct<F, Side> | NullOf<TextOf<F>>;

type ElementOf<E, Kinds, Side> = E extends string ? KindOf<E, Kinds> : Struct<E, Side>;
type Struct<S, Side> = Side extends 'decoded' ? Decoded<S> : Encoded<S>;

/** The kind at the front of a text. */
type KindOf<T extends string, Kinds> = T extends `${infer Front} ${string}`
  ? KindOf<Front, Kinds>
  : T extends `${infer Front}?${string}`
    ? KindOf<Front, Kinds>
    : T extends keyof Kinds
      ? Kinds[T]
      : never;

/** A question mark occurs in a text only where null is allowed. */
type NullOf<T> = T extends `${string}?${string}` ? null : never;

import { type Kind, ZERO } from './kinds.ts';

/**
 * The text that describes a field in a schema, read into a value. In this order, all but the kind optional:
 *
 * ```
 * int32             the kind, see kinds.ts
 * string?           null is allowed, 'string?12+': from version 12 on
 * string 3+         exists from version 3 on; '3-12', up to 12
 * int64 3+ tag 1    a tagged field (KIP-482)
 * int32 7+ = -1     what a message has that does not carry the field; without it zero, empty, or null where null is allowed
 * ```
 *
 * An array or a struct has no kind of its own: there the text stands under `$` and starts with the '?' or the versions.
 */
export interface Spec {
  /** null: the field is a struct, or an array of structs. */
  readonly kind: Kind | null;
  readonly since: number;
  readonly until: number;
  /** First version in which it may be null; Infinity if never. */
  readonly nullFrom: number;
  readonly tag: number | null;
  /** Text of the default, null when there is none. */
  readonly otherwise: string | null;
}

const FORM =
  /^([a-z]\w*)?(\?(?:(\d+)\+)?)?(?:(?:^| )(\d+)(?:-(\d+)|\+))?(?: tag (\d+))?(?: ?= (.+))?$/;

/** Throws TypeError when the text is not of that form. */
export function readSpec(text: string): Spec {
  const found = FORM.exec(text);
  if (found === null) throw new TypeError(`"${text}" does not describe a field.`);
  const [, kind, mark, nullFrom, since, until, tag, otherwise] = found;
  if (kind !== undefined && !(kind in ZERO)) throw new TypeError(`"${text}" has no known kind.`);
  return {
    kind: kind === undefined ? null : (kind as Kind),
    since: Number(since ?? 0),
    until: until === undefined ? Number.POSITIVE_INFINITY : Number(until),
    nullFrom: mark === undefined ? Number.POSITIVE_INFINITY : Number(nullFrom ?? 0),
    tag: tag === undefined ? null : Number(tag),
    otherwise: otherwise ?? null,
  };
}

import type { Schema } from './schema.ts';

/** Takes the error codes other than 0 out of a message, in the order of the wire. */
export type FindErrors = (message: unknown, found: number[]) => void;

/** Finds the fields named `errorCode` of a schema, at any depth; made once per schema. */
export function errorFinder(schema: Schema): FindErrors {
  const known = made.get(schema);
  if (known !== undefined) return known;
  const finders = Object.entries(schema).flatMap(([name, field]): FindErrors[] => {
    if (name === 'errorCode') return [takeCode];
    const inner = Array.isArray(field) ? field[0] : field;
    if (typeof inner === 'string') return [];
    const find = errorFinder(inner);
    if (find === findNothing) return [];
    return [(message, found) => within((message as Record<string, unknown>)[name], find, found)];
  });
  const finder: FindErrors =
    finders.length === 0
      ? findNothing
      : (message, found) => {
          for (const find of finders) find(message, found);
        };
  made.set(schema, finder);
  return finder;
}
const made = new WeakMap<Schema, FindErrors>();

const findNothing: FindErrors = () => {};

const takeCode: FindErrors = (message, found) => {
  const { errorCode } = message as { errorCode?: number };
  if (errorCode !== undefined && errorCode !== 0) found.push(errorCode);
};

/** In a struct or in each element of an array; null and what was left out have none. */
function within(value: unknown, find: FindErrors, found: number[]): void {
  if (Array.isArray(value)) for (const element of value) find(element, found);
  else if (typeof value === 'object' && value !== null) find(value, found);
}

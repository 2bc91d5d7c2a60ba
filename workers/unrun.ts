import { NonRetryableError } from '../src/contract/handler.ts';

/**
 * Refuses a returned value that is work which nobody has done: a generator runs only when somebody iterates over it, a function only when
 * somebody calls it. Throws NonRetryableError, since the next attempt would return the same.
 */
export function refuseUnrun(result: unknown): void {
  if (typeof result === 'function') {
    const name = result.name === '' ? 'a function' : `the function ${result.name}`;
    throw new NonRetryableError(
      `The handler returned ${name}, which nobody calls: the record was not handled. Call it, or export it as the handler.`,
    );
  }
  if (isGenerator(result)) {
    throw new NonRetryableError(
      'The handler returned a generator, of which nothing runs until somebody iterates over it: the record was not handled. Write "async (record, ctx) => …" without the asterisk, and return an array for several outputs.',
    );
  }
}

/** Generators, also async ones, by what Node calls them; other iterators, such as those of a Map, are left to who writes them. */
const isGenerator = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  GENERATORS.has((value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] as string);

const GENERATORS: ReadonlySet<string> = new Set(['Generator', 'AsyncGenerator']);

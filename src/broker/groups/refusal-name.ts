import { ERROR, type ErrorName, errorName, Refusal } from '../errors.ts';

/** The error that a check refused with, by its name. Anything that is no Refusal is thrown on. */
export function refusalName(error: unknown): ErrorName {
  if (!(error instanceof Refusal)) throw error;
  const name = errorName(error.code);
  return name in ERROR ? (name as ErrorName) : 'UNKNOWN_SERVER_ERROR';
}

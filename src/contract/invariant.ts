import { EXIT, MillraceError } from './errors.ts';

/**
 * States what must hold. If it doesn't, that is a bug in Millrace: nothing may be committed any more, so it throws an
 * error that ends the process (MR900, exit 70). Cheap enough for the hot path, unlike node:assert.
 */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new MillraceError('MR900', `Bug in Millrace: ${what}.`, { exit: EXIT.bug });
}

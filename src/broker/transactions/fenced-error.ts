import type { FencedError } from './transaction.ts';

/** The error for a producer whose place another one has taken, in the version of a request about its transaction (KIP-588). */
export const fencedError = (version: number): FencedError =>
  version >= 2 ? 'PRODUCER_FENCED' : 'INVALID_PRODUCER_EPOCH';

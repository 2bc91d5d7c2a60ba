import { ERROR, Refusal } from '../errors.ts';

/**
 * Does what may find that something is not part of a transaction, which clients from a version on are told as something that an abort
 * mends (KIP-890), and earlier ones as INVALID_TXN_STATE. Throws what `check` throws.
 */
export function inTermsOf(version: number, abortableFrom: number, check: () => void): void {
  try {
    check();
  } catch (error) {
    const isNoPart = error instanceof Refusal && error.code === ERROR.INVALID_TXN_STATE;
    throw isNoPart && version >= abortableFrom ? new Refusal('TRANSACTION_ABORTABLE') : error;
  }
}

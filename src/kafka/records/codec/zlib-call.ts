/**
 * Calls of node:zlib's one-shot functions, with a bound and with its errors in our terms. Owns no
 * format.
 */
import { type CodecError, corruptData, tooLarge } from './codec-error.ts';

interface Limits {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
}
export type OneShot = (
  bytes: Uint8Array,
  options: Limits,
  done: (error: Error | null, result: Uint8Array) => void,
) => void;
export type OneShotSync = (bytes: Uint8Array, options: Limits) => Uint8Array;

/**
 * Expands with a hard bound: zlib stops at the first byte past it. `expectedBytes` only sizes the
 * first piece of memory, so that usual data needs one step of the thread pool instead of one per 16
 * KiB; a false one costs no more than address space.
 */
export function expandWithZlib(
  codec: string,
  oneShot: OneShot,
  bytes: Uint8Array,
  maxBytes: number,
  expectedBytes: number,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    oneShot(bytes, limits(maxBytes, expectedBytes), (error, result) => {
      if (error === null) resolve(result);
      else reject(inOurTerms(codec, error, maxBytes));
    });
  });
}

/** The same on the loop; null when it fails. */
export function expandWithZlibNow(
  oneShot: OneShotSync,
  bytes: Uint8Array,
  maxBytes: number,
  expectedBytes: number,
): Uint8Array | null {
  try {
    return oneShot(bytes, limits(maxBytes, expectedBytes));
  } catch {
    return null;
  }
}

/** zlib refuses smaller chunks. */
const CHUNK_MIN_BYTES = 64;

function limits(maxBytes: number, expectedBytes: number): Limits {
  return {
    maxOutputLength: Math.max(1, maxBytes),
    // One byte more than the data, or zlib fetches a second chunk to find that nothing is left.
    chunkSize: Math.max(CHUNK_MIN_BYTES, Math.min(expectedBytes, maxBytes) + 1),
  };
}

function inOurTerms(codec: string, error: Error, maxBytes: number): CodecError {
  const code = 'code' in error ? error.code : null;
  return code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(maxBytes) : corruptData(codec, error);
}

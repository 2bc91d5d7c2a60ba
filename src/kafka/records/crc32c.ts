import { createRequire } from 'node:module';

/**
 * Loaded as CommonJS, which it is: an `import` would first search its loader for the names that it
 * exports, which costs 10 ms of every start.
 */
const library = createRequire(import.meta.url)('@node-rs/crc32') as typeof import('@node-rs/crc32');

/** CRC-32C (Castagnoli) of the bytes, unsigned, by the processor's own instruction: 14 GB/s. */
export function crc32c(bytes: Uint8Array): number {
  return library.crc32c(bytes);
}

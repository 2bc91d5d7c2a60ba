import { viewOf } from '../views.ts';

/**
 * xxHash32 with seed 0 of fewer than 16 bytes, which is what the checksum of an LZ4 frame's
 * descriptor takes. Source: xxHash specification, "XXH32".
 */
export function xxh32OfFew(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  let hash = (PRIME_5 + bytes.byteLength) | 0;
  let at = 0;
  for (; at + 4 <= bytes.byteLength; at += 4) {
    hash = Math.imul(rotate(hash + Math.imul(view.getUint32(at, true), PRIME_3), 17), PRIME_4);
  }
  for (; at < bytes.byteLength; at++) {
    hash = Math.imul(rotate(hash + Math.imul(view.getUint8(at), PRIME_5), 11), PRIME_1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** gzip (RFC 1952) by node:zlib. */
import { promisify } from 'node:util';
import { gunzip, gunzipSync, gzip as gzipBytes } from 'node:zlib';
import { type Codec, SMALL_BYTES } from './codec.ts';
import { expandWithZlib, expandWithZlibNow } from './zlib-call.ts';

export const gzip: Codec = {
  expand: (bytes, maxBytes) =>
    expandWithZlib('gzip', gunzip, bytes, maxBytes, expectedBytes(bytes)),
  expandSmall(bytes) {
    const expected = expectedBytes(bytes);
    if (expected > SMALL_BYTES || bytes.byteLength > SMALL_BYTES) return null;
    return expandWithZlibNow(gunzipSync, bytes, SMALL_BYTES, expected);
  },
  compress: promisify<Uint8Array, Uint8Array>(gzipBytes),
};

/** Deflate can't expand further (RFC 1951: 258 bytes from 2 bits). */
const RATIO_MAX = 1032;

/** The size that the trailer states (ISIZE), as far as the input can hold that much. */
function expectedBytes(bytes: Uint8Array): number {
  if (bytes.byteLength < 4) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.byteLength - 4, 4);
  return Math.min(view.getUint32(0, true), bytes.byteLength * RATIO_MAX);
}

/** LZ4 frames, as Kafka's record formats carry them. */

import { bufferOf } from '../views.ts';
import { type Codec, SMALL_BYTES } from './codec.ts';
import { corruptData, tooLarge } from './codec-error.ts';
import { LazyPackage } from './lazy-package.ts';
import { DESCRIPTOR_AT, lz4Exceeds, readLz4Frame } from './lz4-frame.ts';
import { xxh32OfFew } from './xxh32.ts';

const library = new LazyPackage('lz4-napi', () => import('lz4-napi'));

export const lz4: Codec = {
  async expand(bytes, maxBytes) {
    const frame = readLz4Frame(bytes);
    if (lz4Exceeds(bytes, frame, maxBytes)) throw tooLarge(maxBytes);
    const { decompressFrame } = await library.load();
    return await decompressFrame(withChecksum(bytes, frame.checksumAt)).catch((cause: unknown) => {
      throw corruptData('lz4', cause);
    });
  },
  expandSmall(bytes) {
    if (library.loaded === null || bytes.byteLength > SMALL_BYTES) return null;
    try {
      const frame = readLz4Frame(bytes);
      if (lz4Exceeds(bytes, frame, SMALL_BYTES)) return null;
      return library.loaded.decompressFrameSync(bufferOf(withChecksum(bytes, frame.checksumAt)));
    } catch {
      return null;
    }
  },
  async compress(bytes) {
    const { compressFrame } = await library.load();
    return await compressFrame(bytes);
  },
};

/**
 * The frame with the descriptor's checksum as it should be. Clients before Kafka 0.10 computed it
 * over the wrong bytes (KAFKA-3160), so it can't be held against a frame; the batch has a checksum
 * of its own.
 */
function withChecksum(bytes: Uint8Array, checksumAt: number): Uint8Array {
  const right = (xxh32OfFew(bytes.subarray(DESCRIPTOR_AT, checksumAt)) >>> 8) & 0xff;
  if (bytes[checksumAt] === right) return bytes;
  const repaired = new Uint8Array(bytes);
  repaired[checksumAt] = right;
  return repaired;
}

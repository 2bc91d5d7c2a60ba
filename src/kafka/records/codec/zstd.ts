/**
 * Zstandard (RFC 8878): by node:zlib where it has it (Node 22.15 and later), else by a package that
 * is only loaded then. zlib stops silently after the first frame, so each frame is expanded by
 * itself.
 */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { bufferOf } from '../views.ts';
import { type Codec, SMALL_BYTES } from './codec.ts';
import { corruptData, tooLarge } from './codec-error.ts';
import { LazyPackage } from './lazy-package.ts';
import { expandWithZlib, expandWithZlibNow, type OneShot, type OneShotSync } from './zlib-call.ts';
import { readZstdFrames, type ZstdFrame } from './zstd-frame.ts';

/** What newer versions of node:zlib have, missing in the types of the oldest supported one. */
interface ZstdOfZlib {
  readonly zstdDecompress?: OneShot;
  readonly zstdDecompressSync?: OneShotSync;
  readonly zstdCompress?: (
    bytes: Uint8Array,
    done: (error: Error | null, result: Uint8Array) => void,
  ) => void;
}
const { zstdDecompress, zstdDecompressSync, zstdCompress } = zlib as typeof zlib & ZstdOfZlib;

const library = new LazyPackage('@mongodb-js/zstd', () => import('@mongodb-js/zstd'));

export const zstd: Codec = {
  async expand(bytes, maxBytes) {
    const frames = readZstdFrames(bytes);
    const pieces: Uint8Array[] = [];
    let room = maxBytes;
    for (const frame of frames) {
      const piece = await expandFrame(bytes.subarray(frame.start, frame.end), frame, room);
      pieces.push(piece);
      room -= piece.byteLength;
    }
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  },
  expandSmall(bytes) {
    if (zstdDecompressSync === undefined || bytes.byteLength > SMALL_BYTES) return null;
    const frame = loneFrame(bytes);
    if (frame === null || frame.statedBytes > SMALL_BYTES) return null;
    return expandWithZlibNow(zstdDecompressSync, bytes, SMALL_BYTES, frame.statedBytes);
  },
  async compress(bytes) {
    if (zstdCompress !== undefined) return await promisify(zstdCompress)(bytes);
    const { compress } = await library.load();
    return await compress(bufferOf(bytes));
  },
};

/** The frame that the bytes consist of; null when they are more than that, or corrupt. */
function loneFrame(bytes: Uint8Array): ZstdFrame | null {
  try {
    const [frame, ...others] = readZstdFrames(bytes);
    return frame?.start === 0 && frame.end === bytes.byteLength && others.length === 0
      ? frame
      : null;
  } catch {
    return null;
  }
}

async function expandFrame(
  bytes: Uint8Array,
  frame: ZstdFrame,
  maxBytes: number,
): Promise<Uint8Array> {
  if (zstdDecompress !== undefined) {
    return await expandWithZlib('zstd', zstdDecompress, bytes, maxBytes, frame.statedBytes);
  }
  if (frame.boundBytes > maxBytes + SLACK_BYTES) throw tooLarge(maxBytes);
  const { decompress } = await library.load();
  const expanded = await decompress(bufferOf(bytes)).catch((cause: unknown) => {
    throw corruptData('zstd', cause);
  });
  if (expanded.byteLength > maxBytes) throw tooLarge(maxBytes);
  return expanded;
}

/**
 * The package has no bound of its own, so it only gets frames that can't exceed ours by more than
 * this. It leaves room for blocks that hold less than they could; a frame of hundreds of such
 * blocks may be refused although it fits.
 */
const SLACK_BYTES = 1 << 20;

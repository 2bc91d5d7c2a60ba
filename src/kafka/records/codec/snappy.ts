/**
 * Snappy, in both framings that Kafka clients write: one raw block (librdkafka, Go clients), or the
 * stream of snappy-java ("xerial": a 16-byte header, then length and raw block of each chunk).
 * Compresses to a raw block, which all of them read. Source: snappy's format_description.txt,
 * snappy-java's SnappyOutputStream.
 */

import { viewOf } from '../views.ts';
import { type Codec, SMALL_BYTES } from './codec.ts';
import { CodecError, corruptData, tooLarge } from './codec-error.ts';
import { LazyPackage } from './lazy-package.ts';

const library = new LazyPackage('snappy', () => import('snappy'));

export const snappy: Codec = {
  async expand(bytes, maxBytes) {
    const block = rawBlock(bytes);
    if (readPreamble(block).length > maxBytes) throw tooLarge(maxBytes);
    const { uncompress } = await library.load();
    const expanded = await uncompress(block).catch((cause: unknown) => {
      throw corruptData('snappy', cause);
    });
    // A string only comes back where one was asked for.
    return expanded as Buffer;
  },
  expandSmall(bytes) {
    if (library.loaded === null || bytes.byteLength > SMALL_BYTES) return null;
    try {
      const block = rawBlock(bytes);
      if (readPreamble(block).length > SMALL_BYTES) return null;
      // Without the copy the memory is the library's, and giving that back costs more.
      return library.loaded.uncompressSync(block, { copyOutputData: true }) as Buffer;
    } catch {
      return null;
    }
  },
  async compress(bytes) {
    const { compress } = await library.load();
    return await compress(bytes);
  },
};

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

function rawBlock(bytes: Uint8Array): Uint8Array {
  return isXerial(bytes) ? joinChunks(bytes) : bytes;
}

function isXerial(bytes: Uint8Array): boolean {
  return XERIAL_MAGIC.equals(bytes.subarray(0, XERIAL_MAGIC.byteLength));
}

/**
 * Makes one raw block of all chunks: a raw block is its expanded length and then elements that only
 * refer back to what they themselves have written, so the elements of several blocks in a row are
 * the elements of one. One expansion instead of one per 32 KiB, and one piece of memory.
 */
function joinChunks(bytes: Uint8Array): Uint8Array {
  const view = viewOf(bytes);
  const elements: Uint8Array[] = [];
  let total = 0;
  let at = XERIAL_HEADER_BYTES;
  while (at < bytes.byteLength) {
    const size = at + 4 <= bytes.byteLength ? view.getInt32(at) : -1;
    const end = at + 4 + size;
    if (size < 0 || end > bytes.byteLength) throw corruptSnappy('a chunk is cut off');
    const chunk = bytes.subarray(at + 4, end);
    const preamble = readPreamble(chunk);
    total += preamble.length;
    elements.push(chunk.subarray(preamble.bytes));
    at = end;
  }
  if (at !== bytes.byteLength || total > 0xffff_ffff) throw corruptSnappy('it has no such size');
  return Buffer.concat([writePreamble(total), ...elements]);
}

/** A raw block starts with its expanded length, an unsigned varint of at most 32 bits. */
function readPreamble(block: Uint8Array): { length: number; bytes: number } {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { length, bytes: i + 1 };
  }
  throw corruptSnappy('it has no length');
}

function writePreamble(length: number): Uint8Array {
  const bytes: number[] = [];
  let rest = length;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Uint8Array.from([...bytes, rest]);
}

function corruptSnappy(why: string): CodecError {
  return new CodecError('MR310', `the snappy data is corrupt (${why})`);
}

/**
 * Reads an LZ4 frame without expanding it: is it whole, and how long is what it holds. Source: LZ4
 * Frame Format 1.6.2 and LZ4 Block Format.
 */

import { viewOf } from '../views.ts';
import { CodecError } from './codec-error.ts';

interface Lz4Frame {
  /** Where the descriptor's checksum byte stands; what it covers starts at `DESCRIPTOR_AT`. */
  readonly checksumAt: number;
  /** No block of the frame expands to more. */
  readonly blockMaxBytes: number;
  readonly blocks: readonly Lz4Block[];
}

interface Lz4Block {
  readonly start: number;
  readonly end: number;
  readonly compressed: boolean;
}

const MAGIC = 0x184d2204;
export const DESCRIPTOR_AT = 4;
/** LZ4 can't expand further: each byte of a length stands for at most 255. */
const RATIO_MAX = 255;

/**
 * Throws `MR310` unless the bytes are exactly one frame, end mark included: the decoder stops at
 * the first one silently.
 */
export function readLz4Frame(bytes: Uint8Array): Lz4Frame {
  const view = viewOf(bytes);
  const starts = bytes.byteLength >= 7 && view.getUint32(0, true) === MAGIC;
  if (!starts) throw corruptLz4('no frame starts it');
  const flags = view.getUint8(DESCRIPTOR_AT);
  const sizeCode = (view.getUint8(DESCRIPTOR_AT + 1) >> 4) & 0x07;
  if (flags >> 6 !== 1 || sizeCode < 4) throw corruptLz4('its descriptor makes no sense');
  const has = (bit: number): boolean => (flags & bit) !== 0;
  const blockChecksumBytes = has(0x10) ? 4 : 0;
  const checksumAt = DESCRIPTOR_AT + 2 + (has(0x08) ? 8 : 0) + (has(0x01) ? 4 : 0);

  const blocks: Lz4Block[] = [];
  let at = checksumAt + 1;
  for (;;) {
    if (at + 4 > bytes.byteLength) throw corruptLz4('it has no end mark');
    const field = view.getUint32(at, true);
    at += 4;
    if (field === 0) break;
    const start = at;
    const end = start + (field & 0x7fff_ffff);
    at = end + blockChecksumBytes;
    if (at > bytes.byteLength) throw corruptLz4('a block is cut off');
    blocks.push({ start, end, compressed: field < 0x8000_0000 });
  }
  at += has(0x04) ? 4 : 0;
  if (at !== bytes.byteLength) throw corruptLz4('it does not end where its frame ends');
  return { checksumAt, blockMaxBytes: 1 << (8 + 2 * sizeCode), blocks };
}

/**
 * Whether the frame expands to more than `maxBytes`: by its blocks' sizes, or exactly where those
 * leave it open.
 */
export function lz4Exceeds(bytes: Uint8Array, frame: Lz4Frame, maxBytes: number): boolean {
  let bound = 0;
  for (const { start, end, compressed } of frame.blocks) {
    const size = end - start;
    bound += compressed ? Math.min(frame.blockMaxBytes, size * RATIO_MAX) : size;
  }
  if (bound <= maxBytes) return false;
  let length = 0;
  for (const block of frame.blocks) {
    length += block.compressed ? expandedLength(bytes, block) : block.end - block.start;
    if (length > maxBytes) return true;
  }
  return false;
}

/**
 * Adds up what the sequences of a block write; at most one step per byte. Only as exact as the
 * block is sound.
 */
function expandedLength(bytes: Uint8Array, block: Lz4Block): number {
  const { end } = block;
  let length = 0;
  let at = block.start;
  while (at < end) {
    const token = bytes[at++] as number;
    let literals = token >> 4;
    // A length of 15 goes on in the bytes that follow, up to the first that is not 255.
    let more = literals === 15 ? 255 : 0;
    while (more === 255 && at < end) {
      more = bytes[at++] as number;
      literals += more;
    }
    length += literals;
    at += literals;
    if (at >= end) break;
    at += 2; // the distance of the match
    let match = 4 + (token & 0x0f);
    more = match === 19 ? 255 : 0;
    while (more === 255 && at < end) {
      more = bytes[at++] as number;
      match += more;
    }
    length += match;
  }
  return length;
}

function corruptLz4(why: string): CodecError {
  return new CodecError('MR310', `the lz4 data is corrupt (${why})`);
}

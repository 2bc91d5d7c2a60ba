/**
 * Walks Zstandard frames by their headers, without expanding them: are they whole, and how long can
 * what they hold be. Source: RFC 8878, sections 3.1.1 and 3.1.2.
 */

import { viewOf } from '../views.ts';
import { CodecError } from './codec-error.ts';

export interface ZstdFrame {
  readonly start: number;
  readonly end: number;
  /** It can't expand to more: the sum over its blocks. */
  readonly boundBytes: number;
  /**
   * What its header states, a claim to size memory by but not to rely on; the bound where it states
   * nothing.
   */
  readonly statedBytes: number;
}

const MAGIC = 0xfd2fb528;
/** Frames of other data, with 16 magic numbers; they hold no content. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const BLOCK_MAX_BYTES = 128 * 1024;
const BLOCK_HEADER_BYTES = 3;
/** Writers make one frame, or one per flush; a frame costs a step of the thread pool. */
const FRAMES_MAX = 1024;

/**
 * The frames that hold content, in order; throws `MR310` unless the bytes are whole frames and at
 * least one.
 */
export function readZstdFrames(bytes: Uint8Array): ZstdFrame[] {
  const view = viewOf(bytes);
  const frames: ZstdFrame[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    if (at + 8 > bytes.byteLength) throw corruptZstd('a frame is cut off');
    const magic = view.getUint32(at, true);
    if (magic === MAGIC) {
      const frame = readFrame(view, at);
      if (frames.push(frame) > FRAMES_MAX) throw corruptZstd(`it has over ${FRAMES_MAX} frames`);
      at = frame.end;
    } else if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + view.getUint32(at + 4, true);
      if (at > bytes.byteLength) throw corruptZstd('a frame is cut off');
    } else {
      throw corruptZstd('something that is not a frame is in it');
    }
  }
  if (frames.length === 0) throw corruptZstd('it has no frame');
  return frames;
}

function readFrame(view: DataView, start: number): ZstdFrame {
  const descriptor = view.getUint8(start + 4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const contentSizeCode = descriptor >> 6;
  const contentSizeBytes = contentSizeCode === 0 ? Number(singleSegment) : 1 << contentSizeCode;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 0x03] as number;
  const checksumBytes = (descriptor & 0x04) !== 0 ? 4 : 0;

  const contentSizeAt = start + 5 + (singleSegment ? 0 : 1) + dictionaryBytes;
  let at = contentSizeAt + contentSizeBytes;
  let boundBytes = 0;
  for (let lastBlock = false; !lastBlock; ) {
    if (at + BLOCK_HEADER_BYTES > view.byteLength) throw corruptZstd('a frame has no last block');
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const size = header >> 3;
    lastBlock = (header & 1) === 1;
    at += BLOCK_HEADER_BYTES;
    switch ((header >> 1) & 3) {
      case 0: // raw
        boundBytes += size;
        at += size;
        break;
      case 1: // one byte, repeated
        boundBytes += size;
        at += 1;
        break;
      case 2: // compressed
        boundBytes += BLOCK_MAX_BYTES;
        at += size;
        break;
      default:
        throw corruptZstd('a block is of no known type');
    }
  }
  at += checksumBytes;
  if (at > view.byteLength) throw corruptZstd('a block is cut off');
  const statedBytes = Math.min(boundBytes, statedSize(view, contentSizeAt, contentSizeBytes));
  return { start, end: at, boundBytes, statedBytes };
}

function statedSize(view: DataView, at: number, bytes: number): number {
  switch (bytes) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at, true) + 256;
    case 4:
      return view.getUint32(at, true);
    case 8:
      return Number(view.getBigUint64(at, true));
    default:
      return Number.POSITIVE_INFINITY;
  }
}

function corruptZstd(why: string): CodecError {
  return new CodecError('MR310', `the zstd data is corrupt (${why})`);
}

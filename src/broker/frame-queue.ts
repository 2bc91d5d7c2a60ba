import { MalformedFrame } from './wire/malformed-frame.ts';

const SIZE_BYTES = 4;

/** Cuts a stream of bytes into frames: four bytes of size, then as many bytes. A frame is copied only when it came in pieces. */
export class FrameQueue {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** `maxBytes` is the size of the largest frame. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether `next` would give a frame, or throw. */
  get hasNext(): boolean {
    const size = this.#nextSize();
    return size !== null && (!this.#isSound(size) || this.#bytes >= SIZE_BYTES + size);
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** The next frame without its size, null when it is not there yet. Throws MalformedFrame for a size that cannot be. */
  next(): Buffer | null {
    const size = this.#nextSize();
    if (size === null) return null;
    if (!this.#isSound(size)) {
      throw new MalformedFrame(
        `A frame of ${size} bytes is not taken; the limit is ${this.#maxBytes}.`,
      );
    }
    if (this.#bytes < SIZE_BYTES + size) return null;
    this.#take(SIZE_BYTES);
    return this.#take(size);
  }

  #isSound(size: number): boolean {
    return size >= 0 && size <= this.#maxBytes;
  }

  #nextSize(): number | null {
    if (this.#bytes < SIZE_BYTES) return null;
    const [first] = this.#chunks;
    if (first === undefined || first.length < SIZE_BYTES) {
      this.#chunks = [Buffer.concat(this.#chunks)];
    }
    return this.#chunks[0]?.readInt32BE() ?? null;
  }

  /** The first `count` bytes, which are there. */
  #take(count: number): Buffer {
    this.#bytes -= count;
    const first = this.#chunks[0] ?? Buffer.alloc(0);
    if (first.length > count) {
      this.#chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    const pieces: Buffer[] = [];
    let missing = count;
    while (missing > 0) {
      const chunk = this.#chunks.shift() as Buffer;
      const piece = chunk.subarray(0, missing);
      if (piece.length < chunk.length) this.#chunks.unshift(chunk.subarray(missing));
      pieces.push(piece);
      missing -= piece.length;
    }
    const [only, ...more] = pieces;
    return only !== undefined && more.length === 0 ? only : Buffer.concat(pieces, count);
  }
}

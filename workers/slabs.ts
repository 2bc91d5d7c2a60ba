/**
 * Cuts keys and values out of a chunk. What a handler keeps must not keep the chunk alive, which may be 256 records; memory of its own
 * for each costs a quarter of all time with small records. So stretches of 8 KiB of the chunk are copied as a whole and
 * what is cut is a view on one, as with the pool of Buffer.from; what is larger than a quarter of it gets memory of its own.
 */
export class Slabs {
  readonly #chunk: Buffer;
  readonly #slabs: (Buffer | undefined)[] = [];

  constructor(chunk: Buffer) {
    this.#chunk = chunk;
  }

  cut(start: number, end: number): Buffer {
    const size = end - start;
    if (size > SLAB_BYTES / 4) return copyOf(this.#chunk, start, end);
    const number = Math.floor(start / SLAB_BYTES);
    const from = number * SLAB_BYTES;
    // A quarter more, for what begins before its end.
    this.#slabs[number] ??= copyOf(this.#chunk, from, from + SLAB_BYTES * 1.25);
    return this.#slabs[number].subarray(start - from, end - from);
  }
}

const SLAB_BYTES = 8192;

function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(Math.min(end, bytes.length) - start);
  bytes.copy(copy, 0, start, end);
  return copy;
}

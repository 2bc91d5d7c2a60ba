/** Pieces from this size on keep the memory they came in. */
const OWN_BYTES = 128 * 1024;
const FIRST_BYTES = 16 * 1024;
const LAST_BYTES = 1024 * 1024;

/**
 * Keeps bytes. Small pieces are copied one behind the other, so that neighbours go out as one, and so that they do not hold
 * the network buffer that they came in; large ones stay where they are if they fill most of their memory.
 */
export class Arena {
  #block: Buffer = Buffer.alloc(0);
  #used = 0;
  #nextBytes = FIRST_BYTES;

  /** The bytes, or a copy of them. Whoever gave them must not change them. */
  keep(bytes: Buffer): Buffer {
    if (bytes.length >= OWN_BYTES) {
      return bytes.length * 2 >= bytes.buffer.byteLength ? bytes : ownCopy(bytes);
    }
    if (this.#used + bytes.length > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(Math.max(this.#nextBytes, bytes.length));
      this.#used = 0;
      this.#nextBytes = Math.min(this.#nextBytes * 2, LAST_BYTES);
    }
    bytes.copy(this.#block, this.#used);
    const kept = this.#block.subarray(this.#used, this.#used + bytes.length);
    this.#used += bytes.length;
    return kept;
  }
}

function ownCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** Pieces that are neighbours in memory as one, in the same order. */
export function joined(pieces: readonly Buffer[]): Buffer[] {
  const runs: Buffer[] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    if (last === undefined || !isNext(last, piece)) {
      runs.push(piece);
      continue;
    }
    const length = last.length + piece.length;
    runs[runs.length - 1] = Buffer.from(last.buffer, last.byteOffset, length);
  }
  return runs;
}

const isNext = (one: Buffer, other: Buffer): boolean =>
  one.buffer === other.buffer && one.byteOffset + one.length === other.byteOffset;

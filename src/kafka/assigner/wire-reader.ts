import { isUtf8 } from 'node:buffer';
import { MillraceError } from '../../contract/errors.ts';

/**
 * Reads the non-flexible types of Kafka's protocol (big-endian integers, int16-counted strings, int32-counted bytes
 * and arrays) from bytes that another program sent. Every read is checked against what is left, and nothing is
 * allocated by a count alone, so hostile input costs no more than its own size and ends in MR330, never in a
 * RangeError.
 */
export class WireReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #at = 0;

  /** `what` names the whole in error texts, for example "member metadata". Doesn't copy `bytes`. */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#bytes.byteLength - this.#at;
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  /** UTF-8 behind an int16 length. A null string (length -1) and bytes that are no UTF-8 are refused. */
  string(): string {
    const size = this.int16();
    if (size < 0) throw this.malformed('a string has a negative length');
    const from = this.#take(size);
    const text = this.#bytes.toString('utf8', from, from + size);
    // Bad bytes decode to U+FFFD; two topics must not become one that way, but the character itself is legal.
    if (text.includes('\uFFFD') && !isUtf8(this.#bytes.subarray(from, from + size))) {
      throw this.malformed('a string is not valid UTF-8');
    }
    return text;
  }

  /** As `string`, or null when the length is -1. */
  nullableString(): string | null {
    if (this.left < 2 || this.#bytes.readInt16BE(this.#at) !== -1) return this.string();
    this.#take(2);
    return null;
  }

  /** A view of the bytes behind an int32 length; null when that is -1. */
  bytes(): Uint8Array | null {
    const size = this.int32();
    if (size === -1) return null;
    if (size < 0) throw this.malformed('a byte string has a negative length');
    const from = this.#take(size);
    return this.#bytes.subarray(from, from + size);
  }

  /** The items behind an int32 count. A null array (-1) is refused. `readItem` must consume at least a byte. */
  array<T>(readItem: () => T): T[] {
    const count = this.int32();
    if (count < 0) throw this.malformed('an array has a negative count');
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(readItem());
    return items;
  }

  /** The error to throw for a field whose value can't be. */
  malformed(reason: string): MillraceError {
    return new MillraceError(
      'MR330',
      `The ${this.#what} can't be read: ${reason} (byte ${this.#at} of ${this.#bytes.byteLength}). ` +
        "It is not in the layout of Kafka's consumer protocol: look for a member of another program in the group.",
      { facts: { reason, byte: this.#at, bytes: this.#bytes.byteLength } },
    );
  }

  #take(size: number): number {
    const at = this.#at;
    if (size > this.left) {
      throw this.malformed(`a field needs ${size} bytes, but ${this.left} are left`);
    }
    this.#at = at + size;
    return at;
  }
}

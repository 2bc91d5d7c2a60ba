import { MalformedFrame } from './malformed-frame.ts';

/** -1 of a length field, in either encoding. */
const NULL_LENGTH = -1;

/**
 * Reads the primitives of Kafka's protocol, all big-endian, from a piece of memory that it never copies. Every length is
 * checked against what is left before it is used: bytes that end too early, and lengths that cannot be, throw MalformedFrame.
 * Source: Kafka protocol guide, "Protocol Primitive Types"; KIP-482 for the compact forms.
 */
export class Reader {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  int8(): number {
    return this.bytes.readInt8(this.#take(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.#take(2));
  }

  uint16(): number {
    return this.bytes.readUInt16BE(this.#take(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.#take(4));
  }

  uint32(): number {
    return this.bytes.readUInt32BE(this.#take(4));
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.#take(8));
  }

  float64(): number {
    return this.bytes.readDoubleBE(this.#take(8));
  }

  /** Unsigned varint of at most 32 bits. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.#take(1)] as number;
      // The last of five bytes has room for four bits only.
      if (shift === 28 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new MalformedFrame('A varint has more than 32 bits.');
  }

  /** 16 bytes as 22 characters of URL-safe base64, the way Kafka prints an id. */
  uuid(): string {
    const at = this.#take(16);
    return this.bytes.toString('base64url', at, at + 16);
  }

  /** Length of a string that follows; -1 is null. */
  stringLength(isCompact: boolean): number {
    return this.#checked(isCompact ? this.uvarint() - 1 : this.int16());
  }

  /** Length of bytes, or count of an array that follows; -1 is null. An element of an array takes at least one byte. */
  length(isCompact: boolean): number {
    return this.#checked(isCompact ? this.uvarint() - 1 : this.int32());
  }

  /** `length` bytes as UTF-8. */
  text(length: number): string {
    const at = this.#take(length);
    return this.bytes.toString('utf8', at, at + length);
  }

  /** A view of `length` bytes. */
  slice(length: number): Buffer {
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }

  #checked(length: number): number {
    if (length < NULL_LENGTH || length > this.left) {
      throw new MalformedFrame(`A length is ${length}, and ${this.left} bytes are left.`);
    }
    return length;
  }

  #take(count: number): number {
    const { at } = this;
    if (at + count > this.bytes.length) {
      throw new MalformedFrame(`${count} bytes are needed, and ${this.left} are left.`);
    }
    this.at = at + count;
    return at;
  }
}

/**
 * Reads the fields of a flexible version in their order. Source: Kafka protocol, KIP-482: lengths of texts, bytes and arrays
 * are unsigned varints of the length plus one, 0 is null, and tagged fields end each structure. Bytes that end too early give
 * RangeError.
 */
export class FlexibleReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  boolean(): boolean {
    return this.#bytes.readInt8(this.#step(1)) !== 0;
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#step(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#step(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#step(8));
  }

  /** 16 bytes as 22 characters of URL-safe base64, the way Kafka prints an id. */
  uuid(): string {
    return this.#bytes.toString('base64url', this.#step(16), this.#at);
  }

  string(): string | null {
    const size = this.#size();
    return size < 0 ? null : this.#bytes.toString('utf8', this.#step(size), this.#at);
  }

  /** A view of the bytes, empty for null. */
  bytes(): Buffer {
    return this.#bytes.subarray(this.#step(Math.max(0, this.#size())), this.#at);
  }

  /** Calls `item` for each item of an array; none for null. */
  each(item: () => void): void {
    for (let left = this.#size(); left > 0; left--) item();
  }

  /** Reads the tagged fields at the end of a structure: `field` gets those that it wants as a reader of their own. */
  tags(field: (tag: number, value: FlexibleReader) => void = () => {}): void {
    for (let left = this.#varint(); left > 0; left--) {
      const tag = this.#varint();
      const size = this.#varint();
      field(tag, new FlexibleReader(this.#bytes.subarray(this.#step(size), this.#at)));
    }
  }

  #size(): number {
    return this.#varint() - 1;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#step(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError(`A varint at ${this.#at} has no end.`);
  }

  /** Where the next `size` bytes begin; views and texts would be cut off at the end without a word. */
  #step(size: number): number {
    const at = this.#at;
    this.#at += size;
    if (this.#at <= this.#bytes.byteLength) return at;
    throw new RangeError(
      `A field of ${size} bytes at ${at} does not fit ${this.#bytes.byteLength} bytes.`,
    );
  }
}

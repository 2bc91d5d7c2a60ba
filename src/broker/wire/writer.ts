/** Room for a small answer; a longer one goes on in a further part, so that nothing is moved. */
const PART_BYTES = 512;
const FRAME_SIZE_BYTES = 4;

/**
 * Writes the primitives of Kafka's protocol into a frame: four bytes of size, then what is written. The frame comes out as
 * parts in their order; bytes given to `slice` are a part as they are, so record batches are never copied. Values must be
 * in the range of their type (RangeError otherwise).
 */
export class Writer {
  readonly #parts: Buffer[] = [];
  #partBytes = 0;
  #part: Buffer = Buffer.allocUnsafe(PART_BYTES);
  #at = FRAME_SIZE_BYTES;

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  int8(value: number): void {
    this.#room(1);
    this.#at = this.#part.writeInt8(value, this.#at);
  }

  int16(value: number): void {
    this.#room(2);
    this.#at = this.#part.writeInt16BE(value, this.#at);
  }

  uint16(value: number): void {
    this.#room(2);
    this.#at = this.#part.writeUInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#room(4);
    this.#at = this.#part.writeInt32BE(value, this.#at);
  }

  uint32(value: number): void {
    this.#room(4);
    this.#at = this.#part.writeUInt32BE(value, this.#at);
  }

  int64(value: bigint): void {
    this.#room(8);
    this.#at = this.#part.writeBigInt64BE(value, this.#at);
  }

  float64(value: number): void {
    this.#room(8);
    this.#at = this.#part.writeDoubleBE(value, this.#at);
  }

  uvarint(value: number): void {
    this.#room(5);
    let left = value;
    for (; left > 0x7f; left = Math.floor(left / 128)) {
      this.#part[this.#at++] = (left & 0x7f) | 0x80;
    }
    this.#part[this.#at++] = left;
  }

  uuid(value: string): void {
    this.#room(16);
    this.#at += this.#part.write(value, this.#at, 16, 'base64url');
  }

  /** Length of a string; -1 is null. */
  stringLength(length: number, isCompact: boolean): void {
    if (isCompact) this.uvarint(length + 1);
    else this.int16(length);
  }

  /** Length of bytes or count of an array; -1 is null. */
  length(length: number, isCompact: boolean): void {
    if (isCompact) this.uvarint(length + 1);
    else this.int32(length);
  }

  text(value: string, isCompact: boolean): void {
    const length = Buffer.byteLength(value);
    this.stringLength(length, isCompact);
    this.#room(length);
    this.#at += this.#part.write(value, this.#at, length, 'utf8');
  }

  /** Adds the bytes themselves, not a copy: they must not change until the frame is sent. */
  slice(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    this.#endPart();
    this.#parts.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#partBytes += bytes.byteLength;
  }

  /** What was written since the start, without the size in front, in one piece. */
  body(): Buffer {
    return Buffer.concat(this.frame()).subarray(FRAME_SIZE_BYTES);
  }

  /** The whole frame. Nothing can be written after it. */
  frame(): Buffer[] {
    this.#endPart();
    this.#parts[0]?.writeInt32BE(this.#partBytes - FRAME_SIZE_BYTES);
    return this.#parts;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#part.length) return;
    const bigger = Math.max(bytes, this.#part.length * 2, PART_BYTES);
    this.#endPart();
    this.#part = Buffer.allocUnsafe(bigger);
  }

  /** Closes what has been written of the part; its rest takes what follows. */
  #endPart(): void {
    if (this.#at === 0) return;
    this.#parts.push(this.#part.subarray(0, this.#at));
    this.#partBytes += this.#at;
    this.#part = this.#part.subarray(this.#at);
    this.#at = 0;
  }
}

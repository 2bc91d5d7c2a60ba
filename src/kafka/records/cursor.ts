/**
 * Reads variable-length integers from a range of bytes. Never reads outside the range and never
 * throws: -1, or NaN for a signed value, means that the range ended or the number is longer than
 * its type allows. Source: Kafka protocol, "Varint" (zigzag, 7 bits a byte, low bits first).
 */
export class Cursor {
  readonly #bytes: Uint8Array;
  /** Place of the next byte. */
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * The raw unsigned 32 bits of a varint of at most 5 bytes below `end`, or -1. Zigzag is left to
   * the caller: an odd number is a negative value, and most fields may only be one of the two.
   */
  varint(end: number): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.at >= end) return -1;
      const byte = this.#bytes[this.at++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    return -1;
  }

  /**
   * The signed value of a varlong of at most 10 bytes below `end`, or NaN. Exact within 2^53,
   * rounded outside.
   */
  varlong(end: number): number {
    const short = this.at;
    const raw = this.varint(end);
    // 5 bytes may carry up to 35 bits, of which varint() keeps 32: those are read again, as the
    // longer ones are.
    if (raw >= 0 && this.at - short < 5) return (raw >>> 1) ^ -(raw & 1);
    this.at = short;
    return this.#longVarlong(end);
  }

  #longVarlong(end: number): number {
    let halved = 0;
    let sign = 0;
    let weight = 0.5;
    for (let i = 0; i < 10; i++) {
      if (this.at >= end) return Number.NaN;
      const byte = this.#bytes[this.at++] as number;
      // Halving as it goes keeps every value within 2^53 exact: the lowest bit is the sign, not
      // part of it.
      if (i === 0) {
        sign = byte & 1;
        halved = (byte & 0x7f) >>> 1;
      } else {
        halved += (byte & 0x7f) * weight;
      }
      weight *= 0x80;
      if (byte < 0x80) return sign === 1 ? -halved - 1 : halved;
    }
    return Number.NaN;
  }
}

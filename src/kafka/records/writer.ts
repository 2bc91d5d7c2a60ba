/**
 * Writes the fields of a record into memory of an exact size, and tells beforehand what that size
 * is. Knows numbers and byte strings, not records. Source: Kafka protocol, "Varint" (zigzag, 7 bits
 * a byte, low bits first).
 */
export class Writer {
  readonly bytes: Buffer<ArrayBuffer>;
  at = 0;

  /** Memory is not cleared: every byte of `size` must be written. */
  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  /** `value` is a 32-bit integer. */
  varint(value: number): void {
    let rest = zigzag32(value);
    while (rest > 0x7f) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }

  /** `value` is an integer; a number outside the safe range must come as a bigint. */
  varlong(value: number | bigint): void {
    if (isInt32(value)) {
      this.varint(value);
      return;
    }
    let rest = zigzag64(value);
    while (rest > 0x7fn) {
      this.bytes[this.at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.at++] = Number(rest);
  }

  /** Length and bytes; for null, length -1. A string is written as UTF-8. */
  sized(value: Uint8Array | string | null): void {
    if (value === null) {
      this.varint(-1);
    } else if (typeof value === 'string') {
      this.varint(Buffer.byteLength(value));
      this.at += this.bytes.write(value, this.at);
    } else {
      this.varint(value.byteLength);
      this.bytes.set(value, this.at);
      this.at += value.byteLength;
    }
  }
}

/** Bytes that `varint(value)` takes. */
export function varintBytes(value: number): number {
  const bits = 32 - Math.clz32(zigzag32(value));
  return bits === 0 ? 1 : Math.ceil(bits / 7);
}

/** Bytes that `varlong(value)` takes. */
export function varlongBytes(value: number | bigint): number {
  if (isInt32(value)) return varintBytes(value);
  let bytes = 1;
  for (let rest = zigzag64(value); rest > 0x7fn; rest >>= 7n) bytes += 1;
  return bytes;
}

/** Bytes that `sized(value)` takes. */
export function sizedBytes(value: Uint8Array | string | null): number {
  if (value === null) return 1;
  const bytes = Buffer.byteLength(value);
  return varintBytes(bytes) + bytes;
}

function isInt32(value: number | bigint): value is number {
  return typeof value === 'number' && value === (value | 0);
}

function zigzag32(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

function zigzag64(value: number | bigint): bigint {
  const whole = BigInt(value);
  return BigInt.asUintN(64, (whole << 1n) ^ (whole >> 63n));
}

/** A zigzag varint of up to 64 bits, and where it ends; null when it does not. */
export function zigzagAt(bytes: Buffer, start: number): { value: bigint; end: number } | null {
  let raw = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) return null;
    raw |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value: (raw >> 1n) ^ -(raw & 1n), end: start + i + 1 };
  }
  return null;
}

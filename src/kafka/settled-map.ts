import type { OffsetRange } from '../contract/offset-range.ts';

/**
 * The commit map as text: which offsets above a committed one are settled. Base64 of unsigned LEB128 varints: in turns how far it is from the
 * end of the last range (at first from the committed offset) to the next, and how long that is. Of what doesn't fit `maxChars`
 * the lowest part is kept; ranges have to be in order.
 */
export function encodeSettled(
  ranges: readonly OffsetRange[],
  committed: bigint,
  maxChars: number,
): string {
  const maxBytes = Math.floor((maxChars * 3) / 4);
  const bytes: number[] = [];
  let at = committed;
  for (const [from, to] of ranges) {
    const pair = [...varint(from - at), ...varint(to - from)];
    if (bytes.length + pair.length > maxBytes) break;
    bytes.push(...pair);
    at = to;
  }
  return Buffer.from(bytes).toString('base64url');
}

/** Ranges of a map that was made for that committed offset; none when the text is not a whole one. */
export function decodeSettled(text: string, committed: bigint): OffsetRange[] {
  if (!/^[\w-]*$/.test(text)) return [];
  const bytes = Buffer.from(text, 'base64url');
  const numbers: bigint[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (shift > 70n) return [];
    if (byte >= 0x80) continue;
    numbers.push(value);
    value = 0n;
    shift = 0n;
  }
  if (shift !== 0n || numbers.length % 2 !== 0) return [];
  const ranges: OffsetRange[] = [];
  let at = committed;
  for (let i = 0; i < numbers.length; i += 2) {
    const from = at + (numbers[i] as bigint);
    const to = from + (numbers[i + 1] as bigint);
    // An empty range, or an offset that no log has, is damage; what else it says may be as wrong.
    if (to <= from || to > OFFSET_MAX) return [];
    ranges.push([from, to]);
    at = to;
  }
  return ranges;
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  bytes.push(Number(left));
  return bytes;
}

const OFFSET_MAX = 2n ** 63n - 1n;

/**
 * CRC-32C (Castagnoli), the checksum of record batches: RFC 3720, appendix B.4. Sixteen bytes a step by sixteen tables
 * ("slicing by 16"), read as words in the byte order of the machine, which is little-endian wherever Node runs.
 */
export function crc32c(bytes: Uint8Array): number {
  let crc = -1;
  const end = bytes.length;
  let at = 0;
  // Words must start at a multiple of four of the memory.
  for (; at < end && ((bytes.byteOffset + at) & 3) !== 0; at++)
    crc = step(crc, bytes[at] as number);
  const count = (end - at) >>> 4;
  if (count > 0)
    crc = overWords(crc, new Int32Array(bytes.buffer, bytes.byteOffset + at, count * 4));
  for (at += count * 16; at < end; at++) crc = step(crc, bytes[at] as number);
  return ~crc >>> 0;
}

const POLYNOMIAL = 0x82f63b78;

/** Table k of 256 words, one behind the other: what a byte does to the sum when k zero bytes follow it. */
const T: Int32Array = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(16 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256] as number;
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] as number);
  }
  return tables;
}

const step = (crc: number, byte: number): number =>
  (T[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);

/** Words by fours. The tables are full, so no index misses. */
function overWords(start: number, words: Int32Array): number {
  let crc = start;
  for (let i = 0; i < words.length; i += 4) {
    const a = (words[i] as number) ^ crc;
    const b = words[i + 1] as number;
    const c = words[i + 2] as number;
    const d = words[i + 3] as number;
    crc = word(a, 3072) ^ word(b, 2048) ^ word(c, 1024) ^ word(d, 0);
  }
  return crc;
}

/** The four bytes of a word, of which the last has `base / 256` bytes behind it. */
const word = (value: number, base: number): number =>
  (T[base + 768 + (value & 0xff)] as number) ^
  (T[base + 512 + ((value >>> 8) & 0xff)] as number) ^
  (T[base + 256 + ((value >>> 16) & 0xff)] as number) ^
  (T[base + (value >>> 24)] as number);

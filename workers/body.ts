import { DecodeError } from './decode.ts';
import type { Slabs } from './slabs.ts';

/**
 * Reads the body of a record as Kafka lays it out, see Block: key, value and headers, each with its length in front as a
 * zigzag varint. The key was checked when the record set was scanned; what is behind it may say that it is longer than its record.
 */
export class BodyReader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** Reads a length or a count; -1 is null. */
  length(): number {
    let byte = this.#bytes[this.at++] as number;
    let value = byte & 127;
    for (let shift = 7; byte >= 128; shift += 7) {
      byte = this.#bytes[this.at++] as number;
      value |= (byte & 127) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  }

  /** Moves over `length` bytes, none when it is negative; returns the new place. */
  skip(length: number): number {
    if (length > 0) this.at += length;
    return this.at;
  }
}

/**
 * Headers in their order from the place of their count, names as text; values are no views on `bytes`. Throws DecodeError when they
 * are more, or longer, than `end`, the end of their record, has room for: what is behind it is of other records; and when they end before
 * it: the handler would miss some.
 */
export function readHeaders(
  bytes: Buffer,
  slabs: Slabs,
  at: number,
  end: number,
): [string, Buffer | null][] {
  const reader = new BodyReader(bytes, at);
  const headers: [string, Buffer | null][] = [];
  const count = reader.length();
  const mustEnd = (place: number): number => {
    if (place <= end) return place;
    throw new DecodeError(`The headers, ${count} by their count, run past the end of the record.`);
  };
  mustEnd(reader.at);
  for (let left = count; left > 0; left--) {
    const nameLength = reader.length();
    const nameStart = reader.at;
    const name = bytes.toString('utf8', nameStart, mustEnd(reader.skip(nameLength)));
    const valueLength = reader.length();
    const valueStart = reader.at;
    const valueEnd = mustEnd(reader.skip(valueLength));
    headers.push([name, valueLength < 0 ? null : slabs.cut(valueStart, valueEnd)]);
  }
  if (count < 0 || reader.at !== end) {
    throw new DecodeError(`The headers, ${count} by their count, end before the record does.`);
  }
  return headers;
}

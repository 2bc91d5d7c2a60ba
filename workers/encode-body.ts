import type { OutgoingHeaders } from '../src/contract/handler.ts';

/** A record to be produced, as bytes. */
export interface BodyContent {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [Uint8Array, Uint8Array | null])[];
}

/** Lays key, value and headers out as Kafka does; the layout is described at Block. */
export function encodeBody(content: BodyContent): Uint8Array {
  const { key, value, headers } = content;
  let size = fieldSize(key) + fieldSize(value) + varintSize(headers.length);
  for (const [name, text] of headers) size += fieldSize(name) + fieldSize(text);
  const writer = new Writer(size);
  writer.field(key);
  writer.field(value);
  writer.varint(headers.length);
  for (const [name, text] of headers) {
    writer.field(name);
    writer.field(text);
  }
  return writer.bytes;
}

/** Headers as pairs of bytes, in their order. Throws TypeError for a value that is neither text, bytes nor null. */
export function headerBytes(
  headers: OutgoingHeaders | undefined,
): [Uint8Array, Uint8Array | null][] {
  if (headers === undefined) return [];
  const pairs = isPairs(headers) ? headers : Object.entries(headers);
  return pairs.map(([name, value]) => [Buffer.from(name), headerValue(name, value)]);
}

function headerValue(name: string, value: unknown): Uint8Array | null {
  if (value === null) return null;
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return value;
  throw new TypeError(
    `Header "${name}" is ${typeof value}; a header value is a string, a Buffer or null.`,
  );
}

const isPairs = (
  headers: OutgoingHeaders,
): headers is readonly (readonly [string, string | Uint8Array | null])[] => Array.isArray(headers);

const fieldSize = (bytes: Uint8Array | null): number =>
  bytes === null ? 1 : varintSize(bytes.byteLength) + bytes.byteLength;

/** Bytes of a zigzag varint. */
function varintSize(value: number): number {
  let size = 1;
  for (let rest = zigzag(value) >>> 7; rest > 0; rest >>>= 7) size++;
  return size;
}

const zigzag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0;

class Writer {
  readonly bytes: Uint8Array;
  #at = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  varint(value: number): void {
    let rest = zigzag(value);
    while (rest > 127) {
      this.bytes[this.#at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.bytes[this.#at++] = rest;
  }

  field(bytes: Uint8Array | null): void {
    this.varint(bytes === null ? -1 : bytes.byteLength);
    if (bytes === null) return;
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.byteLength;
  }
}

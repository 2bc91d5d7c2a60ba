import { MalformedFrame } from './malformed-frame.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/**
 * The kinds of a field that are not made of other fields, and their values in a decoded message. What is 64 bits wide is a
 * bigint; an id is text, as Kafka prints it.
 */
export interface KindValue {
  boolean: boolean;
  int8: number;
  int16: number;
  uint16: number;
  int32: number;
  uint32: number;
  int64: bigint;
  float64: number;
  uuid: string;
  string: string;
  /** A view of the frame. */
  bytes: Buffer;
  /** Record batches as they are: a view of the frame. Written from parts, see KindInput. */
  records: Buffer;
}
export type Kind = keyof KindValue;

/** What a message to be encoded has instead, where that differs. */
export interface KindInput extends Omit<KindValue, 'bytes' | 'records'> {
  bytes: Uint8Array;
  /** Sent one after the other without being copied. */
  records: readonly Uint8Array[];
}

/** The id of no topic, and of any kind of nothing. */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

/** What a field is when a message does not carry it and its schema says nothing else. */
export const ZERO: Readonly<Record<Kind, unknown>> = {
  boolean: false,
  int8: 0,
  int16: 0,
  uint16: 0,
  int32: 0,
  uint32: 0,
  int64: 0n,
  float64: 0,
  uuid: ZERO_UUID,
  string: '',
  bytes: Buffer.alloc(0),
  records: Buffer.alloc(0),
};

/** Reads the default of a schema, the text after the equals sign. */
export function literalOf(kind: Kind, text: string): unknown {
  if (text === 'null') return null;
  switch (kind) {
    case 'boolean':
      return text === 'true';
    case 'int64':
      return BigInt(text);
    case 'string':
      return text === '""' ? '' : text;
    case 'uuid':
    case 'bytes':
    case 'records':
      return ZERO[kind];
    case 'int8':
    case 'int16':
    case 'uint16':
    case 'int32':
    case 'uint32':
    case 'float64':
      return Number(text);
  }
}

export type Read = (reader: Reader) => unknown;
/** Writes a value of the type that the schema gives the field. */
export type Write = (writer: Writer, value: unknown) => void;

/** How a kind is read and written in messages with compact lengths (KIP-482) or without, and with or without null. */
export function kindCodec(
  kind: Kind,
  isCompact: boolean,
  isNullable: boolean,
): { read: Read; write: Write } {
  switch (kind) {
    case 'string':
      return {
        read: (reader) => {
          const length = reader.stringLength(isCompact);
          return length < 0 ? orNull(isNullable) : reader.text(length);
        },
        write: (writer, value) => {
          if (value === null) writer.stringLength(checkedNull(isNullable), isCompact);
          else writer.text(value as string, isCompact);
        },
      };
    case 'bytes':
    case 'records':
      return {
        read: (reader) => {
          const length = reader.length(isCompact);
          return length < 0 ? orNull(isNullable) : reader.slice(length);
        },
        write: (writer, value) => {
          if (value === null) writer.length(checkedNull(isNullable), isCompact);
          else writeParts(writer, value as Uint8Array | readonly Uint8Array[], isCompact);
        },
      };
    case 'boolean':
    case 'int8':
    case 'int16':
    case 'uint16':
    case 'int32':
    case 'uint32':
    case 'int64':
    case 'float64':
    case 'uuid':
      return FIXED[kind];
  }
}

function writeParts(
  writer: Writer,
  value: Uint8Array | readonly Uint8Array[],
  isCompact: boolean,
): void {
  const parts = value instanceof Uint8Array ? [value] : value;
  writer.length(
    parts.reduce((sum, part) => sum + part.byteLength, 0),
    isCompact,
  );
  for (const part of parts) writer.slice(part);
}

type Fixed = Exclude<Kind, 'string' | 'bytes' | 'records'>;
const FIXED: Readonly<Record<Fixed, { read: Read; write: Write }>> = {
  boolean: { read: (r) => r.boolean(), write: (w, value) => w.boolean(value as boolean) },
  int8: { read: (r) => r.int8(), write: (w, value) => w.int8(value as number) },
  int16: { read: (r) => r.int16(), write: (w, value) => w.int16(value as number) },
  uint16: { read: (r) => r.uint16(), write: (w, value) => w.uint16(value as number) },
  int32: { read: (r) => r.int32(), write: (w, value) => w.int32(value as number) },
  uint32: { read: (r) => r.uint32(), write: (w, value) => w.uint32(value as number) },
  int64: { read: (r) => r.int64(), write: (w, value) => w.int64(value as bigint) },
  float64: { read: (r) => r.float64(), write: (w, value) => w.float64(value as number) },
  uuid: { read: (r) => r.uuid(), write: (w, value) => w.uuid(value as string) },
};

/** null, where it may be read. */
export function orNull(isNullable: boolean): null {
  if (!isNullable) throw new MalformedFrame('A field is null that must not be.');
  return null;
}

/** The length that stands for null, where it may be written. */
export function checkedNull(isNullable: boolean): -1 {
  if (!isNullable) throw new TypeError('A field is null that must not be in this version.');
  return -1;
}

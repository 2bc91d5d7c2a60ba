import type { Read, Write } from './kinds.ts';
import { MalformedFrame } from './malformed-frame.ts';
import type { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** A field that stands after a struct with its number and size (KIP-482). */
export interface TaggedField {
  readonly name: string;
  readonly tag: number;
  readonly read: Read;
  readonly write: Write;
  /** What the message has when the field is not there. */
  readonly otherwise: unknown;
}

/** Reads the tagged fields of a struct into its message, and skips those that `known` does not name. */
export function readTags(
  reader: Reader,
  known: readonly TaggedField[],
  message: Record<string, unknown>,
): void {
  for (let count = reader.uvarint(); count > 0; count--) {
    const tag = reader.uvarint();
    const size = reader.uvarint();
    const end = reader.at + size;
    const field = known.find((candidate) => candidate.tag === tag);
    if (field === undefined) reader.slice(size);
    else message[field.name] = field.read(reader);
    if (reader.at !== end) throw new MalformedFrame(`Tagged field ${tag} is not of its size.`);
  }
}

/** Writes those that differ from their defaults. */
export function writeTags(
  writer: Writer,
  known: readonly TaggedField[],
  message: Record<string, unknown>,
): void {
  const given = known.filter(({ name, otherwise }) => differs(message[name], otherwise));
  writer.uvarint(given.length);
  for (const { name, tag, write } of given) {
    const field = new Writer();
    write(field, message[name]);
    const body = field.body();
    writer.uvarint(tag);
    writer.uvarint(body.length);
    writer.slice(body);
  }
}

function differs(value: unknown, otherwise: unknown): boolean {
  if (value === undefined || value === otherwise) return false;
  return !(Array.isArray(value) && Array.isArray(otherwise) && value.length === 0);
}

/** Tagged fields of a struct whose tags are all unknown here. */
export function skipTags(reader: Reader): void {
  readTags(reader, [], {});
}

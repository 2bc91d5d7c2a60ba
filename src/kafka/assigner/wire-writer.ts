import { MillraceError } from '../../contract/errors.ts';

/**
 * Writes the non-flexible types of Kafka's protocol, the counterpart of `WireReader`. A string of more than 32,767
 * bytes has no form there and ends in MR331.
 */
export class WireWriter {
  readonly #parts: Buffer[] = [];

  int16(value: number): this {
    const part = Buffer.allocUnsafe(2);
    part.writeInt16BE(value);
    return this.#add(part);
  }

  int32(value: number): this {
    return this.int32s([value]);
  }

  /** The values one after the other, without a count. */
  int32s(values: readonly number[]): this {
    const part = Buffer.allocUnsafe(values.length * 4);
    for (const [i, value] of values.entries()) part.writeInt32BE(value, i * 4);
    return this.#add(part);
  }

  string(text: string): this {
    const part = Buffer.from(text, 'utf8');
    if (part.byteLength > STRING_MAX) {
      throw new MillraceError(
        'MR331',
        `A name of ${part.byteLength} bytes can't be sent to Kafka, whose limit is ${STRING_MAX}: "${text.slice(0, 60)}…". ` +
          'Topic names have at most 249 characters; correct the name.',
        { facts: { bytes: part.byteLength, max: STRING_MAX } },
      );
    }
    return this.int16(part.byteLength).#add(part);
  }

  bytes(value: Uint8Array): this {
    return this.int32(value.byteLength).#add(value);
  }

  array<T>(items: readonly T[], writeItem: (item: T) => void): this {
    this.int32(items.length);
    for (const item of items) writeItem(item);
    return this;
  }

  /** Everything written so far, in memory of its own. */
  done(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #add(part: Uint8Array): this {
    this.#parts.push(Buffer.from(part.buffer, part.byteOffset, part.byteLength));
    return this;
  }
}

const STRING_MAX = 0x7fff;

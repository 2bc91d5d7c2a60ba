import { inspect } from 'node:util';
import type { ChunkViews } from '../src/contract/chunk.ts';
import type { Deserializer } from '../src/contract/config.ts';
import type { HandlerRecord } from '../src/contract/handler.ts';
import { BodyReader, readHeaders } from './body.ts';
import { DecodeError, decode } from './decode.ts';
import type { Slabs } from './slabs.ts';

/** Where a record comes from; known to the thread before its first record. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  /** Offset from which chunks count. */
  readonly origin: bigint;
}

/** A chunk as the thread holds it. */
export interface Inbox extends ChunkViews {
  readonly page: number;
  readonly count: number;
  /** The whole chunk as a Buffer. */
  readonly buffer: Buffer;
  readonly slabs: Slabs;
  /** Place of the next record that was not looked at. */
  next: number;
}

/**
 * One record of a chunk for the handler. Text and JSON are decoded when it is made, so that bytes that don't fit fail
 * before the handler runs; the rest is read only when asked for.
 */
export class ChunkRecord implements HandlerRecord {
  static {
    // Its fields are getters, of which console.log would show none.
    Object.defineProperty(ChunkRecord.prototype, inspect.custom, {
      value(this: ChunkRecord) {
        return this.toJSON();
      },
    });
  }

  readonly #inbox: Inbox;
  readonly #place: number;
  readonly #origin: Origin;
  readonly #keyStart: number;
  readonly #keyEnd: number;
  readonly #valueStart: number;
  readonly #valueEnd: number;
  #key: unknown = RAW;
  #value: unknown = RAW;
  #rawKey: Buffer | null | undefined = undefined;
  #rawValue: Buffer | null | undefined = undefined;
  #headers: [string, Buffer | null][] | undefined = undefined;

  /** Throws DecodeError. */
  constructor(
    inbox: Inbox,
    place: number,
    origin: Origin,
    how: { readonly key: Deserializer; readonly value: Deserializer },
  ) {
    this.#inbox = inbox;
    this.#place = place;
    this.#origin = origin;
    const reader = new BodyReader(inbox.bytes, inbox.start[place] as number);
    const keyLength = reader.length();
    this.#keyStart = keyLength < 0 ? -1 : reader.at;
    this.#keyEnd = reader.skip(keyLength);
    const valueLength = reader.length();
    this.#valueStart = valueLength < 0 ? -1 : reader.at;
    this.#valueEnd = reader.skip(valueLength);
    const { buffer } = inbox;
    if (this.#valueEnd > (inbox.end[place] as number)) {
      throw new DecodeError(
        `The value, ${valueLength} bytes by its length, runs past the end of the record.`,
      );
    }
    if (how.key !== 'bytes' && keyLength >= 0) {
      this.#key = decode(how.key, buffer, this.#keyStart, this.#keyEnd, 'key');
    }
    if (how.value !== 'bytes' && valueLength >= 0) {
      this.#value = decode(how.value, buffer, this.#valueStart, this.#valueEnd, 'value');
    }
  }

  get key(): unknown {
    return this.#key === RAW ? this.rawKey : this.#key;
  }

  get value(): unknown {
    return this.#value === RAW ? this.rawValue : this.#value;
  }

  /** What the schema made of the value. */
  set value(value: unknown) {
    this.#value = value;
  }

  get topic(): string {
    return this.#origin.topic;
  }

  get partition(): number {
    return this.#origin.partition;
  }

  get timestamp(): number {
    return this.#inbox.timestamp[this.#place] as number;
  }

  get attempt(): number {
    return this.#inbox.attempt[this.#place] as number;
  }

  get offset(): bigint {
    return this.#origin.origin + BigInt(this.#inbox.offset[this.#place] as number);
  }

  get rawKey(): Buffer | null {
    if (this.#rawKey === undefined) {
      this.#rawKey =
        this.#keyStart < 0 ? null : this.#inbox.slabs.cut(this.#keyStart, this.#keyEnd);
    }
    return this.#rawKey;
  }

  get rawValue(): Buffer | null {
    if (this.#rawValue === undefined) {
      this.#rawValue =
        this.#valueStart < 0 ? null : this.#inbox.slabs.cut(this.#valueStart, this.#valueEnd);
    }
    return this.#rawValue;
  }

  get headers(): readonly (readonly [string, Buffer | null])[] {
    this.#headers ??= readHeaders(
      this.#inbox.buffer,
      this.#inbox.slabs,
      this.#valueEnd,
      this.#inbox.end[this.#place] as number,
    );
    return this.#headers;
  }

  /** What a log or a debugger shows of it. */
  toJSON(): Record<string, unknown> {
    const { key, value, topic, partition, offset, timestamp, attempt } = this;
    return { topic, partition, offset: String(offset), key, value, timestamp, attempt };
  }

  header(name: string): string | undefined {
    const found = this.headers.findLast((header) => header[0] === name);
    return found?.[1]?.toString();
  }
}

/** Stands for a key or value that is its bytes: a schema may make anything of a value, undefined too. */
const RAW = Symbol('raw');

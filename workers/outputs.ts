import type { Deserializer } from '../src/contract/config.ts';
import { isMessage, type OutgoingMessage } from '../src/contract/handler.ts';
import { encodeBody, headerBytes } from './encode-body.ts';
import { isThenable } from './thenable.ts';

/** A record to be produced when the attempt that made it succeeds. */
export interface Output {
  readonly topic: string;
  /** -1: the partitioner chooses. */
  readonly partition: number;
  readonly timestamp: number;
  readonly body: Uint8Array;
}

/** What a handler gave to `ctx.produce`. Throws TypeError when it can't be written. */
export function outputOf(topic: string, message: OutgoingMessage): Output {
  if (typeof topic !== 'string' || topic === '')
    throw new TypeError('produce: the topic is empty.');
  return write(topic, message, freeForm(message.key, 'key'), freeForm(message.value, 'value'));
}

/**
 * What a handler returned, for the sink: undefined is nothing, an array is many, null is a tombstone. The key is that of
 * the source record, unless a `message` says otherwise. Throws TypeError when a value can't be serialized.
 */
export function returned(
  result: unknown,
  sink: { readonly topic: string; readonly serialize: Deserializer },
  sourceKey: Buffer | null,
): Output[] {
  if (result === undefined) return [];
  const values = Array.isArray(result) ? result : [result];
  return values.map((value) => {
    const message: OutgoingMessage = isMessage(value) ? value : { value };
    const key = message.key === undefined ? sourceKey : freeForm(message.key, 'key');
    return write(sink.topic, message, key, serialize(sink.serialize, message.value));
  });
}

function write(
  topic: string,
  message: OutgoingMessage,
  key: Uint8Array | null,
  value: Uint8Array | null,
): Output {
  const { partition = -1, timestamp = Date.now() } = message;
  if (!Number.isInteger(partition) || partition < -1) {
    throw new TypeError(`partition: ${String(partition)} is not a partition number.`);
  }
  if (!Number.isSafeInteger(timestamp)) {
    throw new TypeError(`timestamp: ${String(timestamp)} is not a number of milliseconds.`);
  }
  const body = encodeBody({ key, value, headers: headerBytes(message.headers) });
  return { topic, partition, timestamp, body };
}

function serialize(how: Deserializer, value: unknown): Uint8Array | null {
  if (value === null) return null;
  if (how === 'json') return json(value, 'value');
  if (how === 'string' && typeof value === 'string') return Buffer.from(value);
  if (how === 'bytes' && value instanceof Uint8Array) return value;
  throw new TypeError(
    `The handler returned ${kindOf(value)}; with sink.serialize: ${how} it has to be ${how === 'bytes' ? 'a Buffer' : 'a string'} or null.`,
  );
}

/** Strings and Buffers as they are, null as null, other values as JSON. */
function freeForm(value: unknown, what: string): Uint8Array | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return value;
  return json(value, what);
}

function json(value: unknown, what: string): Uint8Array {
  const kind = unwritable(value);
  if (kind !== null) throw new TypeError(`The ${what} is ${kind}`);
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined)
    throw new TypeError(`The ${what} is ${kindOf(value)}, which JSON cannot write.`);
  return Buffer.from(text);
}

/** What JSON would write as an empty object though there is something in it; null for the rest. */
function unwritable(value: unknown): string | null {
  if (value instanceof Map) return 'a Map, which JSON writes as {}: use Object.fromEntries(map).';
  if (value instanceof Set) return 'a Set, which JSON writes as {}: use [...set].';
  return isThenable(value) ? 'a promise, which JSON writes as {}: await it.' : null;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

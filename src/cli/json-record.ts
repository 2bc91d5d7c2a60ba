import { isTopicName } from '../config/topic.ts';
import { EXIT, MillraceError } from '../contract/errors.ts';
import { nearest } from '../contract/nearest.ts';

/** A record as a line of JSON gives it, ready to be produced. */
export interface JsonRecord {
  /** undefined: the line doesn't say. */
  readonly topic: string | undefined;
  /** -1: by the key. */
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
  /** Milliseconds since 1970; null: now. */
  readonly timestampMs: number | null;
}

/**
 * Reads one line of JSON as a record: `{"key", "value", "headers", "partition", "timestamp", "topic"}`, all optional. Strings are
 * taken as they are, `{"$base64": "…"}` as bytes, null as null, and any other value as its JSON. Headers are an object, or an array of
 * [name, value]. A timestamp is a number of ms or a time in ISO 8601. Throws MR603 (exit 78), which names `place`, such as `seed.jsonl:12`.
 */
export function readJsonRecord(line: string, place: string): JsonRecord {
  const fail = (text: string): never => {
    throw new MillraceError('MR603', `${place}: ${text}`, { exit: EXIT.config });
  };
  const fields = parsed(line, fail);
  for (const name of Object.keys(fields)) {
    if (KEYS.includes(name)) continue;
    const near = nearest(name, KEYS);
    fail(`There is no "${name}" in a record${near === null ? '' : `; did you mean "${near}"?`}`);
  }
  const { topic, partition, key, value, headers, timestamp } = fields;
  if (topic !== undefined && !(typeof topic === 'string' && isTopicName(topic))) {
    fail(
      `"topic" is a name of up to 249 letters, digits, ".", "_" and "-", not ${JSON.stringify(topic)}.`,
    );
  }
  return {
    topic: topic as string | undefined,
    partition: readPartition(partition, fail),
    key: bytesOf(key, 'key', fail),
    value: bytesOf(value, 'value', fail),
    headers: readHeaders(headers, fail),
    timestampMs: readTimestamp(timestamp, fail),
  };
}

const KEYS: readonly string[] = ['key', 'value', 'headers', 'partition', 'timestamp', 'topic'];

type Fail = (text: string) => never;

function parsed(line: string, fail: Fail): Readonly<Record<string, unknown>> {
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch (cause) {
    fail(`This is not JSON: ${(cause as Error).message}.`);
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    fail('A record is an object such as {"key": "a", "value": {"n": 1}}.');
  }
  return fields as Readonly<Record<string, unknown>>;
}

function readPartition(partition: unknown, fail: Fail): number {
  if (partition === undefined || partition === null) return -1;
  if (Number.isInteger(partition) && (partition as number) >= 0) return partition as number;
  return fail('"partition" is a whole number from 0.');
}

function readTimestamp(timestamp: unknown, fail: Fail): number | null {
  if (timestamp === undefined || timestamp === null) return null;
  const ms = typeof timestamp === 'string' ? Date.parse(timestamp) : timestamp;
  if (Number.isInteger(ms) && (ms as number) >= 0) return ms as number;
  return fail('"timestamp" is a number of ms since 1970 or a time such as "2026-01-31T12:00:00Z".');
}

function readHeaders(headers: unknown, fail: Fail): JsonRecord['headers'] {
  if (headers === undefined || headers === null) return [];
  const pairs: readonly unknown[] = Array.isArray(headers)
    ? headers
    : typeof headers === 'object'
      ? Object.entries(headers)
      : fail(HEADERS_FORM);
  return pairs.map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
      return fail(HEADERS_FORM);
    }
    return [pair[0], bytesOf(pair[1], 'headers', fail)];
  });
}

const HEADERS_FORM = '"headers" is {"name": "value"} or [["name", "value"]].';

function bytesOf(value: unknown, name: string, fail: Fail): Buffer | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return Buffer.from(value);
  if (typeof value === 'object' && Object.keys(value).join() === '$base64') {
    const text: unknown = (value as { $base64: unknown }).$base64;
    if (typeof text === 'string' && BASE64.test(text)) return Buffer.from(text, 'base64');
    fail(`"$base64" of "${name}" is not base64.`);
  }
  return Buffer.from(JSON.stringify(value));
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

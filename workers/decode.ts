import { isUtf8 } from 'node:buffer';
import type { Deserializer } from '../src/contract/config.ts';

/**
 * Turns the bytes `start` to `end` of a chunk into what the handler asked for, text or JSON. Bytes that don't
 * fit throw a DecodeError, which is not retried. A null key or value never comes here: it stays null.
 */
export function decode(
  how: Exclude<Deserializer, 'bytes'>,
  bytes: Buffer,
  start: number,
  end: number,
  what: 'key' | 'value',
): unknown {
  const text = bytes.toString('utf8', start, end);
  // Bytes that aren't UTF-8 always leave this character; only then is the slower exact check needed.
  if (text.includes('\uFFFD') && !isUtf8(bytes.subarray(start, end))) {
    throw new DecodeError(`The ${what} is not valid UTF-8 (deserialize.${what}: ${how}).`);
  }
  if (how === 'string') return text;
  if (text === '') {
    throw new DecodeError(`The ${what} is empty, which is not JSON (deserialize.${what}: json).`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DecodeError(`The ${what} is not JSON (deserialize.${what}: json): ${reason}`);
  }
}

export class DecodeError extends Error {
  override readonly name: string = 'DecodeError';
  readonly code = 'MR210';
}

import type { OutRecord } from './records/out-record.ts';

/**
 * A record to be produced from its body, laid out as in Block. The body comes from a worker thread of ours, so its
 * lengths are right; the parts are views of it.
 */
export function recordFromBody(body: Uint8Array, timestampMs: number): OutRecord {
  let at = 0;
  const length = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = body[at++] as number;
      value |= (byte & 127) << shift;
      if (byte < 128) return (value >>> 1) ^ -(value & 1);
    }
  };
  const field = (): Uint8Array | null => {
    const size = length();
    if (size < 0) return null;
    at += size;
    return body.subarray(at - size, at);
  };
  const key = field();
  const value = field();
  const headers: [Uint8Array, Uint8Array | null][] = [];
  for (let left = length(); left > 0; left--) headers.push([field() ?? new Uint8Array(0), field()]);
  return { key, value, headers, timestampMs };
}

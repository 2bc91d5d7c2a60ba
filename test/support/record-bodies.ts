import type { Block } from '../../src/contract/block.ts';

/** A record as tests of the threads write it down; text is UTF-8. */
export interface BodySpec {
  readonly key?: string | Uint8Array | null;
  readonly value?: string | Uint8Array | null;
  readonly headers?: readonly (readonly [string | Uint8Array, string | Uint8Array | null])[];
  /** Counted from the base of its block; default: one more than the record before it. */
  readonly offset?: number;
  readonly timestamp?: number;
  /** Records of one lane keep their order; default 0: free. */
  readonly lane?: number;
}

/**
 * The body of a record in the layout of Kafka's format v2, written down naively from the protocol's description, as
 * the reference that readers and writers are held against.
 */
export function bodyOf({ key = null, value = null, headers = [] }: BodySpec): Uint8Array {
  const parts = [
    ...fieldOf(key),
    ...fieldOf(value),
    varint(headers.length),
    ...headers.flatMap(([name, text]) => [...fieldOf(name), ...fieldOf(text)]),
  ];
  return Buffer.concat(parts);
}

function fieldOf(content: string | Uint8Array | null): Uint8Array[] {
  if (content === null) return [varint(-1)];
  const bytes = Buffer.from(content);
  return [varint(bytes.length), bytes];
}

/** A zigzag varint, by arithmetic on numbers of any size. */
export function varint(value: number): Uint8Array {
  let rest = BigInt(value) >= 0n ? BigInt(value) * 2n : BigInt(value) * -2n - 1n;
  const bytes: number[] = [];
  do {
    bytes.push(Number(rest % 128n) + (rest >= 128n ? 128 : 0));
    rest /= 128n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

/** A block of these records with `gap` foreign bytes in front of each, as they stand in a fetched record set. */
export function blockOfBodies(records: readonly BodySpec[], base: bigint, gap = 0): Block {
  const count = records.length;
  const block = {
    base,
    count,
    offset: new Float64Array(count),
    timestamp: new Float64Array(count),
    start: new Int32Array(count),
    end: new Int32Array(count),
    hash: new Int32Array(count),
  };
  const parts: Uint8Array[] = [];
  let at = 0;
  let next = 0;
  for (const [i, record] of records.entries()) {
    const body = bodyOf(record);
    parts.push(new Uint8Array(gap).fill(0xaa), body);
    at += gap;
    block.start[i] = at;
    at += body.byteLength;
    block.end[i] = at;
    block.offset[i] = record.offset ?? next;
    next = (block.offset[i] as number) + 1;
    block.timestamp[i] = record.timestamp ?? 1_700_000_000_000 + i;
  }
  return { ...block, bytes: Uint8Array.from(Buffer.concat(parts)), next: base + BigInt(next) };
}

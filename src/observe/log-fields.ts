/**
 * Makes plain copies of what is to be logged: texts cleaned and masked, offsets as text, errors as their parts, nothing
 * that could throw or run on while it is written. It decides how a value looks, not what is logged.
 */

/** A value that JSON can hold as it is. */
export type Plain = string | number | boolean | null | readonly Plain[] | { [name: string]: Plain };

/** Copies fields; `mask` is applied to each text and each name. */
export function plainFields(
  fields: Readonly<Record<string, unknown>>,
  mask: (text: string) => string,
): Record<string, Plain> {
  const copy = copyEntries(fields, mask, 0, new Set([fields]));
  for (const name of RESERVED) {
    const value = copy[name];
    if (value === undefined) continue;
    delete copy[name];
    copy[`${name}_`] = value;
  }
  return copy;
}

/** A text that may stand in a line: masked, without control characters but for line ends and tabs, at most 8 KiB. */
export function plainText(text: string, mask: (text: string) => string): string {
  const masked = mask(text);
  const bare = masked.replace(UNSAFE, '');
  // Without what stood in its middle, a text may be a secret that it was not before.
  const clean = bare === masked ? masked : mask(bare);
  return clean.length > TEXT_MAX ? `${clean.slice(0, TEXT_MAX - 1)}…` : clean;
}

function plainOf(
  value: unknown,
  mask: (text: string) => string,
  depth: number,
  above: ReadonlySet<object>,
): Plain {
  switch (typeof value) {
    case 'string':
      return plainText(value, mask);
    case 'number':
      return Number.isFinite(value) && mask(String(value)) === String(value)
        ? value
        : plainText(String(value), mask);
    case 'boolean':
      return value;
    case 'undefined':
      return null;
    case 'bigint':
    case 'symbol':
      return plainText(String(value), mask);
    case 'function':
      return '[function]';
    case 'object':
      return value === null ? null : copyObject(value, mask, depth, above);
  }
}

function copyObject(
  value: object,
  mask: (text: string) => string,
  depth: number,
  above: ReadonlySet<object>,
): Plain {
  if (above.has(value)) return '[circular]';
  if (depth >= DEPTH_MAX) return '[deeper]';
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  const within = new Set(above).add(value);
  try {
    if (Array.isArray(value) || value instanceof Set) {
      const all = [...value];
      const items = all.slice(0, ITEMS_MAX);
      const copies = items.map((item) => plainOf(item, mask, depth + 1, within));
      return all.length > items.length ? [...copies, `${all.length - items.length} more`] : copies;
    }
    if (value instanceof Map) return copyEntries(Object.fromEntries(value), mask, depth, within);
    const parts = value instanceof Error ? { ...partsOf(value), ...value } : value;
    return copyEntries(parts as Record<string, unknown>, mask, depth, within);
  } catch {
    // A getter or proxy of the logged object threw; the line is worth more than this field.
    return '[unreadable]';
  }
}

function copyEntries(
  from: Readonly<Record<string, unknown>>,
  mask: (text: string) => string,
  depth: number,
  above: ReadonlySet<object>,
): Record<string, Plain> {
  const copy: Record<string, Plain> = Object.create(null);
  for (const name of Object.keys(from).slice(0, ITEMS_MAX)) {
    const value = read(from, name);
    if (value !== undefined) copy[plainText(name, mask)] = plainOf(value, mask, depth + 1, above);
  }
  return copy;
}

function read(from: Readonly<Record<string, unknown>>, name: string): unknown {
  try {
    return from[name];
  } catch {
    return '[unreadable]';
  }
}

/** The parts of an error that don't count as its own fields. */
function partsOf(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  return cause === undefined ? { name, message, stack } : { name, message, stack, cause };
}

/** Names that every line has: a field of that name would stand twice in it. */
const RESERVED = ['level', 'time', 'msg'];
/**
 * Escape sequences of terminals, control characters, and characters that turn the direction of text: with them, data
 * could write lines of its own or hide some.
 */
const UNSAFE: RegExp = new RegExp(
  '\\u001b\\[[0-?]*[ -/]*[@-~]' +
    '|[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]',
  'g',
);
const TEXT_MAX = 8192;
const DEPTH_MAX = 6;
const ITEMS_MAX = 100;

/**
 * Durations (`250ms`, `5s`, `10m`, `2h`, `1d`) and sizes (`512B`, `64KiB`, `1MiB`, `1GiB`): a whole number and its
 * unit without a space. Anything else is refused with the nearest text that is right.
 */

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

/** Milliseconds, or null when the text is no duration. */
export function parseDuration(text: string): number | null {
  return parse(text, DURATION_UNITS);
}

/** Bytes, or null when the text is no size. */
export function parseSize(text: string): number | null {
  return parse(text, SIZE_UNITS);
}

/** The duration that a text was probably meant for, or null. */
export function durationMeant(text: string): string | null {
  return meant(text, DURATION_UNITS, [
    [/^(?:ms|msecs?|millis|milliseconds?)$/i, 'ms'],
    [/^(?:s|secs?|seconds?)$/i, 's'],
    [/^(?:m|mins?|minutes?)$/i, 'm'],
    [/^(?:h|hrs?|hours?)$/i, 'h'],
    [/^(?:d|days?)$/i, 'd'],
  ]);
}

/** The size that a text was probably meant for, or null. `kB` and `KB` are taken for `KiB`. */
export function sizeMeant(text: string): string | null {
  return meant(text, SIZE_UNITS, [
    [/^(?:b|bytes?)$/i, 'B'],
    [/^ki?b?$/i, 'KiB'],
    [/^mi?b?$/i, 'MiB'],
    [/^gi?b?$/i, 'GiB'],
  ]);
}

/** Milliseconds as one would write them: 90000 is `90s`. */
export function formatDuration(ms: number): string {
  return format(ms, DURATION_UNITS, 'ms');
}

/** Bytes as one would write them: 1048576 is `1MiB`. */
export function formatSize(bytes: number): string {
  return format(bytes, SIZE_UNITS, 'B');
}

function format(amount: number, units: Readonly<Record<string, number>>, smallest: string): string {
  const best = Object.entries(units).findLast(([, size]) => amount >= size && amount % size === 0);
  return best === undefined ? `${amount}${smallest}` : `${amount / best[1]}${best[0]}`;
}

function parse(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, digits = '', unit = ''] = /^([0-9]{1,12})([A-Za-z]{1,3})$/.exec(text) ?? [];
  if (digits === '' || !Object.hasOwn(units, unit)) return null;
  return Number(digits) * (units[unit] ?? 0);
}

/** Reads a number with a fraction, spaces and any unit, and writes it in the largest unit in which it is whole. */
function meant(
  text: string,
  units: Readonly<Record<string, number>>,
  words: readonly (readonly [RegExp, string])[],
): string | null {
  const [, digits = '', word = ''] =
    /^\s*([0-9]{1,9}(?:[.,][0-9]{1,3})?)\s*([A-Za-z]{1,12})\s*$/.exec(text) ?? [];
  const unit = words.find(([pattern]) => pattern.test(word))?.[1];
  if (unit === undefined) return null;
  const factor = units[unit] ?? 0;
  const amount = Number(digits.replace(',', '.')) * factor;
  const best = Object.entries(units).findLast(([, size]) => size <= factor && amount % size === 0);
  return best === undefined ? null : `${amount / best[1]}${best[0]}`;
}

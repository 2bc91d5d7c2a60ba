/**
 * The line that is shown under a problem, made safe to print: hidden parts are masked, control characters replaced,
 * long lines cut around the place.
 */
import { lineAt, lineText, type Spot } from './source.ts';
import type { Range, Veil } from './veil.ts';

export interface Excerpt {
  readonly text: string;
  /** 0-based column of `text` where the part that is wrong begins. */
  readonly caret: number;
  /** Columns of the part that is wrong, at least 1. */
  readonly width: number;
}

/** null for a place that isn't in a file and for a blank line. */
export function excerptOf(spot: Spot, veil: Veil): Excerpt | null {
  const { source } = spot;
  if (!source.isFile) return null;
  const line = lineAt(source, spot.start);
  const from = source.lineStarts[line] ?? 0;
  const text = lineText(source, line);
  if (text.trim() === '') return null;
  const ranges = veil.on(source, line);
  const caret = mask(text.slice(0, spot.start - from), ranges).length;
  const end = mask(text.slice(0, spot.end - from), ranges).length;
  return window(printable(mask(text, ranges)), caret, end - caret);
}

const MASK = '***';

/** Puts a mask of fixed length for each range, so that not even the length of a secret shows. */
function mask(text: string, ranges: readonly Range[]): string {
  let result = '';
  let at = 0;
  for (const [start, end] of ranges) {
    if (start >= text.length) break;
    if (start >= at) result += text.slice(at, start) + MASK;
    at = Math.max(at, end);
  }
  return result + text.slice(at);
}

/**
 * One visible character for each control or format character: they could move the cursor, start an escape sequence
 * on the reader's terminal or turn the direction of the text.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) =>
    char === '\t' ? ' ' : '\u{fffd}'.repeat(char.length),
  );
}

const BEFORE = 60;
const LONGEST = 120;

function window(text: string, caret: number, width: number): Excerpt {
  const cut = caret > BEFORE && text.length > LONGEST ? caret - BEFORE : 0;
  const lead = cut > 0 ? '…' : '';
  const tail = cut + LONGEST < text.length ? '…' : '';
  const shown = lead + text.slice(cut, cut + LONGEST) + tail;
  const at = Math.min(caret - cut + lead.length, shown.length);
  return { text: shown, caret: at, width: Math.max(1, Math.min(width, shown.length - at)) };
}

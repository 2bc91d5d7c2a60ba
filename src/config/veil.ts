/**
 * Which parts of which lines must not be shown. Exactly known parts are added with `hide` once the field table was
 * applied; a file that isn't even YAML gets the same care by the names of its keys, and then rather too much is
 * hidden than too little.
 */
import { lineAt, lineText, type Source, type Spot } from './source.ts';

/** Columns `[start, end)` of a line. */
export type Range = readonly [start: number, end: number];

export class Veil {
  readonly #hidden = new Map<Source, Map<number, Range[]>>();
  readonly #suspects = new Map<Source, readonly (number | null)[]>();

  hide(spot: Spot): void {
    const { source, start, end } = spot;
    if (!source.isFile || end <= start) return;
    const lines = this.#hidden.get(source) ?? new Map<number, Range[]>();
    this.#hidden.set(source, lines);
    for (let line = lineAt(source, start); line <= lineAt(source, end - 1); line++) {
      const from = source.lineStarts[line] ?? 0;
      const ranges = lines.get(line) ?? [];
      ranges.push([Math.max(0, start - from), end - from]);
      lines.set(line, ranges);
    }
  }

  /** Hidden parts of a 0-based line, in order of their start; they may overlap. */
  on(source: Source, line: number): Range[] {
    const ranges = [...(this.#hidden.get(source)?.get(line) ?? [])];
    const suspects = this.#suspects.get(source) ?? suspectColumns(source);
    this.#suspects.set(source, suspects);
    const suspect = suspects[line] ?? null;
    if (suspect !== null) ranges.push([suspect, Number.POSITIVE_INFINITY]);
    return ranges.sort((a, b) => a[0] - b[0]);
  }
}

/** Keys whose value is kept off the screen, in any spelling that might be meant for one. */
const SECRET_KEY =
  /(?:pas+[a-z]*w|passp|pwd|secre|token|credential|api[-_]?key|private[-_]?key)[\w-]*["']?\s*:\s*/i;

/** The rest of a line whose value begins below: a tag, an anchor, the sign of a block, a comment. */
const NOTHING_YET = /^(?:[!&]\S*\s*)*(?:[|>][-+0-9]*)?\s*(?:#.*)?$/;

/** The sign of a block at the end of what may be two keys in a line. */
const BLOCK_SIGN = /[|>][-+0-9]*\s*(?:#.*)?$/;

interface Open {
  readonly indent: number;
  /** The quote that isn't closed yet. */
  readonly quote: string | null;
  readonly empty: boolean;
}

/** Per line the column from which it may show a secret, judged by the keys of it and of the lines above. */
function suspectColumns(source: Source): (number | null)[] {
  let open: Open | null = null;
  return source.lineStarts.map((_, line) => {
    const text = lineText(source, line);
    const key = SECRET_KEY.exec(text);
    if (key !== null) {
      const column = key.index + key[0].length;
      open = openAfter(text, column);
      return column;
    }
    if (open === null || text.trim() === '') return null;
    if (!continues(open, text)) {
      open = null;
      return null;
    }
    if (open.quote !== null && text.includes(open.quote)) open = { ...open, quote: null };
    return 0;
  });
}

function openAfter(text: string, column: number): Open {
  const value = text.slice(column).trim();
  const quote = value[0] === '"' || value[0] === "'" ? value[0] : null;
  const closed = quote === null || value.includes(quote, 1);
  const empty = NOTHING_YET.test(value) || BLOCK_SIGN.test(value);
  return { indent: indentOf(text), quote: closed ? null : quote, empty };
}

/** Whether a line belongs to the value that began above: an open quote, deeper text, or the first text after a colon. */
function continues(open: Open, text: string): boolean {
  if (open.quote !== null || indentOf(text) > open.indent) return true;
  return open.empty && !/^\s*(?:- )?["']?[\w.-]+["']?\s*:(?:\s|$)/.test(text);
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}

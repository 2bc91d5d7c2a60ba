/**
 * Where a text of the configuration came from and how a place in it is named. A source is a file, or one `--set` of
 * the command line, which has no lines.
 */

export interface Source {
  /** As shown to people: the path relative to the working directory where that is shorter, or `--set a.b.c`. */
  readonly name: string;
  /** Absolute folder that relative paths in this text start from. */
  readonly folder: string;
  /** Without a byte order mark. */
  readonly text: string;
  readonly isFile: boolean;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
}

/** `text[start..end)` of a source. */
export interface Spot {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** A place as people and editors name it: 1-based line and column, columns and length in UTF-16 units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly col: number;
  readonly length: number;
}

export function makeSource(name: string, folder: string, text: string, isFile: boolean): Source {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    lineStarts.push(at + 1);
  }
  return { name, folder, text, isFile, lineStarts };
}

/** The beginning of a source: where a problem of the whole text is shown. */
export function startOf(source: Source): Spot {
  return { source, start: 0, end: 0 };
}

/** 1-based line and column of a spot; its length ends with its line. What is not a file is all at 1:1. */
export function placeOf(spot: Spot): Place {
  const { source, start, end } = spot;
  if (!source.isFile) return { file: source.name, line: 1, col: 1, length: 0 };
  const line = lineAt(source, start);
  const from = source.lineStarts[line] ?? 0;
  const lineEnd = from + lineText(source, line).length;
  const length = Math.max(0, Math.min(end, lineEnd) - start);
  return { file: source.name, line: line + 1, col: start - from + 1, length };
}

/** Text of a 0-based line without its line break. */
export function lineText(source: Source, line: number): string {
  const from = source.lineStarts[line] ?? source.text.length;
  const next = source.lineStarts[line + 1];
  const text = source.text.slice(from, next === undefined ? undefined : next - 1);
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

/** 0-based number of the line that holds an offset. */
export function lineAt(source: Source, offset: number): number {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * The files that an `include` pattern names: a path whose last part may hold `*`, and `**` as a folder for any number
 * of folders. Hidden files and folders and node_modules are left out, as are links to folders, so that the search
 * ends; links to files are followed, as mounted configuration needs it.
 */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';

export type GlobResult = { readonly files: readonly string[] } | { readonly why: string };

const MAX_FOLDERS = 2_000;
const MAX_FILES = 1_000;

/** Absolute paths in the order of their names; `why` says what is wrong with the pattern. */
export function glob(pattern: string, folder: string): GlobResult {
  const path = resolve(folder, pattern);
  if (!pattern.includes('*')) return { files: [path] };
  const parts = path.split(sep);
  const name = parts.at(-1) ?? '';
  const start = dirname(path);
  const stars = parts.slice(0, -1).filter((part) => part.includes('*'));
  if (stars.length === 0) return collect([start], name);
  if (stars.length > 1 || stars[0] !== '**' || !start.endsWith(`${sep}**`)) {
    return { why: 'may have * in the file name and one **/ before it, nothing else' };
  }
  const folders = foldersBelow(dirname(start));
  return folders === null
    ? { why: `has more than ${MAX_FOLDERS} folders below it` }
    : collect(folders, name);
}

function collect(folders: readonly string[], name: string): GlobResult {
  const pieces = name.split(/\*+/);
  const files: string[] = [];
  for (const folder of folders) {
    for (const entry of list(folder)) {
      if (!fits(entry.name, pieces)) continue;
      const path = join(folder, entry.name);
      if (isFile(path)) files.push(path);
    }
  }
  if (files.length > MAX_FILES) return { why: `names more than ${MAX_FILES} files` };
  return { files: files.sort() };
}

/** Whether a file name is these pieces with anything between them; each is taken where it first fits. */
function fits(name: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (name.startsWith('.') || !name.startsWith(first)) return false;
  if (pieces.length === 1) return name === first;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return name.endsWith(last) && name.length - last.length >= at;
}

function foldersBelow(top: string): string[] | null {
  const found = [top];
  for (const folder of found) {
    for (const entry of list(folder)) {
      const isHidden = entry.name.startsWith('.') || entry.name === 'node_modules';
      if (entry.isDirectory() && !isHidden) found.push(join(folder, entry.name));
    }
    if (found.length > MAX_FOLDERS) return null;
  }
  return found;
}

function list(folder: string): { name: string; isDirectory(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // A folder that is missing or can't be read holds nothing; a pattern that names nothing is no error.
    return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
